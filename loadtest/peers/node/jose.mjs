// jose for the token, and the rest of a vc+jwt by hand; it knows no status lists, so the list is decoded before.
import {decodeList} from '@digitalbazaar/vc-bitstring-status-list';
import {importJWK, jwtVerify} from 'jose';
import {isSet} from './documents.mjs';

const CONTEXT = 'https://www.w3.org/ns/credentials/v2';

export async function prepare(set, {algorithm}) {
  const keys = new Map();
  for(const [id, jwk] of Object.entries(set.keys).filter(([id]) => id.startsWith(`${set.issuer}#`))) {
    keys.set(id, await importJWK(jwk, algorithm));
  }
  const list = await decodeList(JSON.parse(set.documents[set.statusList]).credentialSubject);
  const now = new Date(set.moment);
  const options = {algorithms: [algorithm], typ: 'vc+jwt', issuer: set.issuer, currentDate: now};

  return async text => {
    try {
      const {payload} = await jwtVerify(text, ({kid}) => keys.get(kid), options);
      return payload['@context'][0] === CONTEXT && payload.type.includes('VerifiableCredential') &&
        payload.issuer.id === set.issuer && typeof payload.credentialSubject === 'object' &&
        !(new Date(payload.validFrom) > now) && !(new Date(payload.validUntil) < now) &&
        !isSet(payload.credentialStatus, list, set);
    } catch{
      return false;
    }
  };
}
