// Verifies our bound copies: SD-JWT VC with @sd-jwt/sd-jwt-vc, vc+jwt with jose.
// Standard input: one JSON object {now (seconds), copies: {name: {format, text, nonce}}}; for the rest a mirror.
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {SDJwtVcInstance} from '@sd-jwt/sd-jwt-vc';
import {compactVerify, decodeProtectedHeader, importJWK} from 'jose';

const job = JSON.parse(readFileSync(0, 'utf8'));
const TYPES = 'https://skills-passport.example/types/';

async function keyOf(didUrl) {
  const [did] = didUrl.split('#');
  const [, , host, ...path] = did.split(':');
  const response = await fetch(`https://${decodeURIComponent(host)}/${path.join('/')}/did.json`);
  const method = (await response.json()).verificationMethod.find(({id}) => id === didUrl);
  // Ed25519 begins with z6Mk, P-256 with zDn.
  const library = method.publicKeyMultibase.startsWith('z6Mk') ? Ed25519Multikey : EcdsaMultikey;
  return library.toJwk({keyPair: await library.from(method)});
}

async function isSigned(data, signature, jwk, alg) {
  try {
    await compactVerify(`${data}.${signature}`, await importJWK(jwk, alg), {algorithms: [alg]});
    return true;
  } catch{
    return false;
  }
}

async function verifier(data, signature) {
  const header = decodeProtectedHeader(`${data}.${signature}`);
  return isSigned(data, signature, await keyOf(header.kid), header.alg);
}

const sdJwtVc = new SDJwtVcInstance({
  hasher: (data, algorithm) => createHash(algorithm.replace('-', '')).update(Buffer.from(data)).digest(),
  hashAlg: 'sha-256',
  verifier,
  kbVerifier: (data, signature, {cnf}) => isSigned(data, signature, cnf.jwk, 'ES256'),
  loadTypeMetadataFormat: true
});

async function verify({format, text, nonce}) {
  if(format === 'dc+sd-jwt') {
    const options = {currentDate: job.now, ...(nonce ? {keyBindingNonce: nonce} : {})};
    const {payload, typeMetadata} = await sdJwtVc.verify(text, options);
    if(typeMetadata?.mergedTypeMetadata?.vct !== payload.vct || !payload.vct.startsWith(TYPES)) {
      throw new Error('the type is not described');
    }
    // The library passes over a disclosure that belongs to nothing; who needs the name has none then.
    if(payload.nameLatin === undefined) {
      throw new Error('no name is disclosed');
    }
    return payload.nameLatin;
  }
  const [data, signature] = [text.slice(0, text.lastIndexOf('.')), text.slice(text.lastIndexOf('.') + 1)];
  if(!await verifier(data, signature)) {
    throw new Error('the signature does not match');
  }
  return JSON.parse(Buffer.from(text.split('.')[1], 'base64url')).credentialSubject.nameLatin;
}

const results = {};
for(const [name, copy] of Object.entries(job.copies)) {
  try {
    results[name] = {verdict: 'accepted', nameLatin: await verify(copy)};
  } catch(error) {
    results[name] = {verdict: 'refused', reason: error.message};
  }
}
process.stdout.write(JSON.stringify(results));
