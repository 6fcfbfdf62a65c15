// A wallet made of @openid4vc/openid4vp and dcql: it reads a request, answers it, and tells what came back.
// Standard input: one JSON object {link, sdJwt, holder (private JWK), origins: {from: to}, root (PEM or null),
// fault (null, "nonce", "audience", "no-key-binding", "altered" or "another-key")}.
import {createHash, X509Certificate} from 'node:crypto';
import {readFileSync} from 'node:fs';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import {setGlobalConfig} from '@openid4vc/oauth2';
import {Openid4vpClient} from '@openid4vc/openid4vp';
import {DcqlQuery} from 'dcql';
import {CompactEncrypt, SignJWT, compactVerify, decodeJwt, generateKeyPair, importJWK} from 'jose';

const job = JSON.parse(readFileSync(0, 'utf8'));
const encoder = new TextEncoder();
// The verifier under test is on plain http.
setGlobalConfig({allowInsecureUrls: true});

function digest(text) {
  return createHash('sha256').update(text, 'ascii').digest('base64url');
}

// The verifier's public addresses lead to the port where it is under test.
async function redirected(url, options) {
  const from = Object.keys(job.origins).find(origin => String(url).startsWith(origin));
  if(from === undefined) {
    throw new TypeError(`fetch failed: ${url}`);
  }
  return fetch(job.origins[from] + String(url).slice(from.length), options);
}

async function keyOfDid(didUrl) {
  const [did] = didUrl.split('#');
  const [, , host, ...path] = did.split(':');
  const response = await redirected(`https://${decodeURIComponent(host)}/${path.join('/')}/did.json`);
  const document = await response.json();
  const method = document.verificationMethod.find(({id}) => id === didUrl);
  if(document.id !== did || !document.assertionMethod.includes(didUrl)) {
    throw new Error('the key is not in the DID document');
  }
  return EcdsaMultikey.toJwk({keyPair: await EcdsaMultikey.from(method)});
}

function keyOfCertificates([leaf]) {
  const certificate = new X509Certificate(Buffer.from(leaf, 'base64'));
  const root = new X509Certificate(job.root);
  if(!certificate.checkIssued(root) || !certificate.verify(root.publicKey)) {
    throw new Error('the certificate is not of the root that is trusted');
  }
  return certificate.publicKey.export({format: 'jwk'});
}

async function verifyJwt(signer, {compact}) {
  const jwk = signer.method === 'did' ? await keyOfDid(signer.didUrl) : keyOfCertificates(signer.x5c);
  await compactVerify(compact, await importJWK(jwk, signer.alg));
  return {verified: true, signerJwk: jwk};
}

const callbacks = {
  fetch: redirected,
  hash: (data, algorithm) => createHash(algorithm.replace('-', '')).update(data).digest(),
  verifyJwt,
  getX509CertificateMetadata: certificate => {
    const names = new X509Certificate(Buffer.from(certificate, 'base64')).subjectAltName ?? '';
    const sanDnsNames = names.split(', ').filter(name => name.startsWith('DNS:')).map(name => name.slice(4));
    return {sanDnsNames, sanUriNames: []};
  },
  encryptJwe: async ({publicJwk, alg, enc, apu, apv}, data) => {
    const encrypting = new CompactEncrypt(encoder.encode(data))
      .setProtectedHeader({alg, enc, kid: publicJwk.kid});
    encrypting.setKeyManagementParameters({
      apu: apu && Buffer.from(apu, 'base64url'), apv: apv && Buffer.from(apv, 'base64url')
    });
    return {encryptionJwk: publicJwk, jwe: await encrypting.encrypt(await importJWK(publicJwk, alg))};
  }
};

// The claims of an SD-JWT, and of its disclosures those that are asked for.
function select(query, sdJwt) {
  const [token, ...rest] = sdJwt.split('~');
  const disclosures = rest.filter(part => part !== '').map(part => {
    const [, ...value] = JSON.parse(Buffer.from(part, 'base64url').toString());
    return {part, name: value.length === 2 ? value[0] : null, value: value.at(-1)};
  });
  const {_sd, _sd_alg, ...claims} = decodeJwt(token);
  for(const {name, value} of disclosures.filter(({name}) => name !== null)) {
    claims[name] = value;
  }
  const credential = {
    credential_format: 'dc+sd-jwt', vct: claims.vct, claims, cryptographic_holder_binding: true
  };
  const result = DcqlQuery.query(query, [credential]);
  if(!result.can_be_satisfied) {
    throw new Error('the wallet has nothing that was asked for');
  }
  const [id] = Object.entries(result.credential_matches).find(([, match]) => match.success);
  const asked = query.credentials.find(one => one.id === id).claims.map(({path}) => path[0]);
  const shown = disclosures.filter(({name}) => name === null || asked.includes(name));
  return {id, presented: [token, ...shown.map(({part}) => part), ''].join('~')};
}

async function present(presented, {nonce, client_id}) {
  if(job.fault === 'no-key-binding') {
    return presented;
  }
  let bound = presented;
  if(job.fault === 'altered') {
    const [head, payload, signature] = presented.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    claims.decisionDate = '2020-01-01';
    bound = [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
  }
  const key = job.fault === 'another-key' ?
    (await generateKeyPair('ES256')).privateKey : await importJWK(job.holder, 'ES256');
  const binding = await new SignJWT({
    nonce: job.fault === 'nonce' ? `${nonce}x` : nonce, sd_hash: digest(bound)
  })
    .setProtectedHeader({alg: 'ES256', typ: 'kb+jwt'})
    .setAudience(job.fault === 'audience' ? `${client_id}x` : client_id)
    .setIssuedAt()
    .sign(key);
  return bound + binding;
}

const client = new Openid4vpClient({callbacks});
const {params} = client.parseOpenid4vpAuthorizationRequest({authorizationRequest: job.link});
const resolved = await client.resolveOpenId4vpAuthorizationRequest({authorizationRequestPayload: params});
const request = resolved.authorizationRequestPayload;
const query = DcqlQuery.parse(resolved.dcql.query);
DcqlQuery.validate(query);
const {id, presented} = select(query, job.sdJwt);
const {authorizationResponsePayload, jarm} = await client.createOpenid4vpAuthorizationResponse({
  authorizationRequestPayload: request,
  authorizationResponsePayload: {vp_token: {[id]: [await present(presented, request)]}},
  jarm: request.response_mode === 'direct_post.jwt' ? {
    encryption: {nonce: 'a nonce of the wallet'},
    serverMetadata: {
      authorization_signing_alg_values_supported: [],
      authorization_encryption_alg_values_supported: ['ECDH-ES'],
      authorization_encryption_enc_values_supported: job.encryptions ?? ['A256GCM', 'A128GCM']
    }
  } : undefined
});
const {response} = await client.submitOpenid4vpAuthorizationResponse({
  authorizationRequestPayload: request, authorizationResponsePayload, jarm
});
process.stdout.write(JSON.stringify({
  status: response.status,
  body: await response.json(),
  version: resolved.version,
  prefix: resolved.client.prefix,
  mode: request.response_mode
}));
