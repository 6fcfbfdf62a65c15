// Verifies our credentials with @digitalcredentials/verifier-core (eddsa-rdfc-2022 only).
import {run} from './cli.mjs';

// The listing begins.
import {verifyCredential} from '@digitalcredentials/verifier-core';

export async function verify(credential, {issuers}) {
  const registry = {registry: Object.fromEntries(issuers.map(did => [did, {name: did}]))};
  const url = `data:application/json,${encodeURIComponent(JSON.stringify(registry))}`;
  const knownDIDRegistries = [{name: 'Issuers to rely on', type: 'dcc-legacy', url}];
  const {errors, log} = await verifyCredential({credential, knownDIDRegistries});
  if(errors) {
    return {verdict: 'refused', reason: errors[0].name};
  }
  // The library draws no conclusion: every step has to be looked at, and an absent "valid" is no yes.
  const failed = log.filter(step => step.valid !== true);
  if(failed.length === 0) {
    return {verdict: 'accepted'};
  }
  const revoked = failed.some(({id, valid}) => id === 'revocation_status' && valid === false);
  return revoked ? {verdict: 'revoked'} : {verdict: 'refused', reason: failed[0].error?.name ?? failed[0].id};
}
// The listing ends.

await run(verify);
