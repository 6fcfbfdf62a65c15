// What is published in a set, by URL, for libraries that ask a document loader or the network.

export function didDocumentUrl(did) {
  const [host, ...path] = did.slice('did:web:'.length).split(':');
  return `https://${decodeURIComponent(host)}/${path.join('/') || '.well-known'}/did.json`;
}

/**
 * A document loader over everything in the set, parsed once. Contexts are marked as never changing: without
 * that mark the library processes them anew for each credential.
 */
export function loaderOver(set) {
  const known = new Map();
  for(const [url, document] of Object.entries(set.contexts)) {
    known.set(url, {contextUrl: null, documentUrl: url, document, tag: 'static'});
  }
  for(const did of [set.issuer, set.statusRegistry]) {
    const document = JSON.parse(set.documents[didDocumentUrl(did)]);
    known.set(did, {contextUrl: null, documentUrl: did, document});
    for(const method of document.verificationMethod) {
      const multikey = {'@context': 'https://w3id.org/security/multikey/v1', ...method};
      known.set(method.id, {contextUrl: null, documentUrl: method.id, document: multikey});
    }
  }
  if(set.documents[set.statusList]?.startsWith('{')) {
    const document = JSON.parse(set.documents[set.statusList]);
    known.set(set.statusList, {contextUrl: null, documentUrl: set.statusList, document});
  }
  return async url => {
    const found = known.get(url);
    if(found === undefined) {
      throw new Error(`${url} is not in the set`);
    }
    return found;
  };
}

/** Whether the entry names a set bit of the list, which was verified and decoded before. */
export function isSet(entry, list, set) {
  if(entry.type !== 'BitstringStatusListEntry' || entry.statusPurpose !== 'revocation' ||
    entry.statusListCredential !== set.statusList) {
    throw new Error('it names another list');
  }
  return list.getStatus(Number(entry.statusListIndex));
}
