"""Who may issue what: the signed trust list, and the judgement drawn from it."""
