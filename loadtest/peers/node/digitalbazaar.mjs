// @digitalbazaar/vc with one cryptosuite; options: {cryptosuite, status: 'cached' | 'default'}.
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createVerifyCryptosuite as jcs2022} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as rdfc2022} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import {checkStatus as checkLists, decodeList} from '@digitalbazaar/vc-bitstring-status-list';
import {isSet, loaderOver} from './documents.mjs';

export async function prepare(set, {cryptosuite, status}) {
  const documentLoader = loaderOver(set);
  const suite = new DataIntegrityProof({cryptosuite: cryptosuite === 'eddsa-rdfc-2022' ? rdfc2022 : jcs2022()});
  const checkStatus = status === 'cached' ? await cachedStatus(set, suite, documentLoader) :
    options => checkEachTime(options, documentLoader);

  return async text => {
    const credential = JSON.parse(text);
    if(credential.issuer.id !== set.issuer) {
      return false;
    }
    const now = set.moment;
    const {verified} = await vc.verifyCredential({credential, suite, documentLoader, checkStatus, now});
    return verified;
  };
}

// What the library does by itself: it verifies and inflates the list for each credential. The comparison of
// issuers is off, since one registry signs the lists of every issuer.
async function checkEachTime(options, documentLoader) {
  const result = await checkLists({...options, documentLoader, verifyMatchingIssuers: false});
  return {...result, verified: result.verified && !result.results.some(({status}) => status)};
}

async function cachedStatus(set, suite, documentLoader) {
  const {document} = await documentLoader(set.statusList);
  const {verified} = await vc.verifyCredential({credential: document, suite, documentLoader, now: set.moment});
  if(!verified || document.issuer !== set.statusRegistry) {
    throw new Error('the status list is not the registry\'s');
  }
  const list = await decodeList(document.credentialSubject);
  return async ({credential}) => ({verified: !isSet(credential.credentialStatus, list, set)});
}
