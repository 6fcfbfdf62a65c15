// @sd-jwt/sd-jwt-vc; options: {status: 'cached' | 'default'}. Keys and digests are those of node:crypto.
import {createHash, createPublicKey, verify as verifySignature} from 'node:crypto';
import {getListFromStatusListJWT} from '@sd-jwt/jwt-status-list';
import {SDJwtVcInstance} from '@sd-jwt/sd-jwt-vc';

const DIGESTS = {EdDSA: null, ES256: 'sha256'};

export async function prepare(set, {status}) {
  const keys = new Map(Object.entries(set.keys).map(
    ([id, jwk]) => [id, createPublicKey({key: jwk, format: 'jwk'})]));
  const options = {currentDate: Date.parse(set.moment) / 1000};
  const config = {
    hasher: (data, algorithm) => createHash(algorithm.replace('-', '')).update(data).digest(),
    hashAlg: 'sha-256',
    verifier: (data, signature) => isSigned(data, signature, keys),
    statusListFetcher: async url => set.documents[url]
  };
  const instance = status === 'cached' ? await withCachedList(config, set, options) : new SDJwtVcInstance(config);

  return async text => {
    try {
      const {payload} = await instance.verify(text, options);
      return payload.iss === set.issuer && payload.vct.endsWith('/RPLCertificate') &&
        payload.nameLatin !== undefined;
    } catch{
      return false;
    }
  };
}

function isSigned(data, signature, keys) {
  const {alg, kid} = JSON.parse(Buffer.from(data.slice(0, data.indexOf('.')), 'base64url'));
  const key = keys.get(kid);
  return key !== undefined && alg in DIGESTS && verifySignature(
    DIGESTS[alg], Buffer.from(data), {key, dsaEncoding: 'ieee-p1363'}, Buffer.from(signature, 'base64url'));
}

async function withCachedList(config, set, options) {
  // The library checks the list's signature and dates once, on the first credential.
  await new SDJwtVcInstance(config).verify(set.credentials[0], options);
  const list = getListFromStatusListJWT(set.documents[set.statusList]);

  class WithCachedList extends SDJwtVcInstance {
    async verifyStatus({payload}) {
      const {uri, idx} = payload.status.status_list;
      if(uri !== set.statusList || list.getStatus(idx) !== 0) {
        throw new Error('it is revoked, or names another list');
      }
    }
  }
  return new WithCachedList(config);
}
