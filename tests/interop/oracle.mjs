// Other people's JavaScript as oracles: one question a line on standard input, one answer a line on
// standard output, in the same order. The first question gives the JSON-LD contexts; nothing is fetched.
import {createInterface} from 'node:readline';

import {checkStatus, createList, decodeList} from '@digitalbazaar/vc-bitstring-status-list';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as ecdsaJcs from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import {cryptosuite as ecdsaRdfc} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as eddsaJcs from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as eddsaRdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import canonicalize from 'canonicalize';
import * as jose from 'jose';
import jsonld from 'jsonld';
import * as rdfCanonize from 'rdf-canonize';

const SUITES = {
  'eddsa-rdfc-2022': {signing: eddsaRdfc, verifying: eddsaRdfc, keys: Ed25519Multikey},
  'eddsa-jcs-2022': {
    signing: eddsaJcs.createSignCryptosuite(),
    verifying: eddsaJcs.createVerifyCryptosuite(),
    keys: Ed25519Multikey
  },
  'ecdsa-rdfc-2019': {signing: ecdsaRdfc, verifying: ecdsaRdfc, keys: EcdsaMultikey},
  'ecdsa-jcs-2019': {
    signing: ecdsaJcs.createSignCryptosuite(),
    verifying: ecdsaJcs.createVerifyCryptosuite(),
    keys: EcdsaMultikey
  }
};
const verifySuites = () =>
  Object.values(SUITES).map(({verifying}) => new DataIntegrityProof({cryptosuite: verifying}));

// As the cryptosuites of @digitalbazaar have it.
const rdfDirection = 'i18n-datatype';

let contexts = {};

function didKeyDocument(url) {
  const [did] = url.split('#');
  const multikey = did.slice('did:key:'.length);
  const method = {id: `${did}#${multikey}`, type: 'Multikey', controller: did, publicKeyMultibase: multikey};
  if(url === did) {
    const context = ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'];
    return {'@context': context, id: did, verificationMethod: [method], assertionMethod: [method.id]};
  }
  if(url !== method.id) {
    throw new Error('no such verification method');
  }
  return {'@context': 'https://w3id.org/security/multikey/v1', ...method};
}

const loaderOver = documents => async url => {
  const document = documents[url] ?? contexts[url] ??
    (url.startsWith('did:key:') ? didKeyDocument(url) : undefined);
  if(document === undefined) {
    throw new Error('nothing is fetched here');
  }
  // A copy: some libraries write into what a loader hands out.
  return {contextUrl: null, documentUrl: url, document: structuredClone(document)};
};
const documentLoader = loaderOver({});

const reason = error => error?.errors?.[0]?.message ?? error?.details?.event?.code ?? error?.message ??
  String(error);

const OPERATIONS = {
  contexts(given) {
    contexts = given.contexts;
    return {known: Object.keys(contexts).length};
  },

  // RDFC-1.0 of a JSON-LD document, by jsonld and rdf-canonize, refusing what would be dropped.
  async rdfc({document, hash, maxWorkFactor}) {
    const dataset = await jsonld.toRDF(document, {documentLoader, base: null, safe: true, rdfDirection});
    const options = {
      algorithm: 'RDFC-1.0', format: 'application/n-quads', messageDigestAlgorithm: hash, maxWorkFactor
    };
    return {canonical: await rdfCanonize.canonize(dataset, options)};
  },

  // RDFC-1.0 of a dataset in N-Quads, by rdf-canonize alone.
  async rdfcDataset({nquads, hash}) {
    const canonical = await rdfCanonize.canonize(nquads, {
      algorithm: 'RDFC-1.0', inputFormat: 'application/n-quads', messageDigestAlgorithm: hash,
      maxWorkFactor: Infinity
    });
    return {canonical};
  },

  jcs({value}) {
    return {canonical: canonicalize(value)};
  },

  async sign({credential, cryptosuite, jwk, verificationMethod, created}) {
    const {signing, keys} = SUITES[cryptosuite];
    const key = await keys.fromJwk({
      jwk: {...jwk, key_ops: ['sign']}, secretKey: true, id: verificationMethod,
      controller: verificationMethod.split('#')[0]
    });
    const suite = new DataIntegrityProof({signer: key.signer(), date: created, cryptosuite: signing});
    return {credential: await vc.issue({credential, suite, documentLoader, now: created})};
  },

  async verify({credential, now}) {
    const result = await vc.verifyCredential({
      credential, suite: verifySuites(), documentLoader, now, checkStatus: async () => ({verified: true})
    });
    return {verified: result.verified, reason: result.verified ? null : reason(result.error)};
  },

  async encodeList({length, indexes}) {
    const list = await createList({length});
    for(const index of indexes) {
      list.setStatus(index, true);
    }
    return {encodedList: await list.encode()};
  },

  async decodeList({encodedList}) {
    const list = await decodeList({encodedList});
    const indexes = [];
    for(let index = 0; index < list.length; ++index) {
      if(list.getStatus(index)) {
        indexes.push(index);
      }
    }
    return {length: list.length, indexes};
  },

  async checkStatus({credential, statusList}) {
    const result = await checkStatus({
      credential, suite: verifySuites(), documentLoader: loaderOver({[statusList.id]: statusList})
    });
    return {verified: result.verified, statuses: result.results?.map(({status}) => status) ?? null};
  },

  async signJwt({payload, header, jwk}) {
    const key = await jose.importJWK(jwk, header.alg);
    const bytes = new TextEncoder().encode(payload);
    return {token: await new jose.CompactSign(bytes).setProtectedHeader(header).sign(key)};
  },

  async verifyJwt({token, jwk, algorithms}) {
    const key = await jose.importJWK(jwk, algorithms[0]);
    const {payload, protectedHeader} = await jose.compactVerify(token, key, {algorithms});
    return {payload: new TextDecoder().decode(payload), header: protectedHeader};
  }
};

// Libraries log to the console; standard output is for answers alone.
console.log = console.info = console.error;

for await (const line of createInterface({input: process.stdin, crlfDelay: Infinity})) {
  const {operation, ...given} = JSON.parse(line);
  let answer;
  try {
    answer = await OPERATIONS[operation](given);
  } catch(error) {
    answer = {error: reason(error)};
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
