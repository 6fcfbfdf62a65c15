// A verifier made of @openid4vc/openid4vp and @sd-jwt/sd-jwt-vc, over HTTP, for our wallet.
// Standard input: one JSON object {prefix, mode, query (DCQL), host, certificate and key (PEM), issuer (JWK),
// fault}. The first line of standard output: {origin, link}; GET /told says what it made of the answer.
import {createHash, randomBytes, X509Certificate} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {setGlobalConfig} from '@openid4vc/oauth2';
import {Openid4vpVerifier} from '@openid4vc/openid4vp';
import {SDJwtVcInstance} from '@sd-jwt/sd-jwt-vc';
import {
  SignJWT, compactDecrypt, compactVerify, exportJWK, generateKeyPair, importJWK, importPKCS8
} from 'jose';

const job = JSON.parse(readFileSync(0, 'utf8'));
// The verifier is on plain http.
setGlobalConfig({allowInsecureUrls: true});

const made = await generateKeyPair('ES256', {extractable: true});
const signing = job.key ? await importPKCS8(job.key, 'ES256') : made.privateKey;
const publicJwk = await exportJWK(made.publicKey);
const did = `did:jwk:${Buffer.from(JSON.stringify(publicJwk)).toString('base64url')}`;
const encryption = await generateKeyPair('ECDH-ES', {crv: 'P-256', extractable: true});
const encryptionJwk = {...await exportJWK(encryption.publicKey), kid: 'enc', use: 'enc', alg: 'ECDH-ES'};

const callbacks = {
  fetch,
  hash: (data, algorithm) => createHash(algorithm.replace('-', '')).update(data).digest(),
  signJwt: async (signer, {header, payload}) => ({
    jwt: await new SignJWT(payload).setProtectedHeader(header).sign(signing), signerJwk: publicJwk
  }),
  decryptJwe: async jwe => {
    const {plaintext} = await compactDecrypt(jwe, encryption.privateKey);
    return {decrypted: true, decryptionJwk: encryptionJwk, payload: Buffer.from(plaintext).toString()};
  },
  getX509CertificateMetadata: certificate => {
    const names = new X509Certificate(Buffer.from(certificate, 'base64')).subjectAltName ?? '';
    return {sanDnsNames: names.split(', ').map(name => name.replace('DNS:', '')), sanUriNames: []};
  }
};
const verifier = new Openid4vpVerifier({callbacks});

const sdJwtVc = new SDJwtVcInstance({
  hasher: (data, algorithm) => createHash(algorithm.replace('-', '')).update(Buffer.from(data)).digest(),
  hashAlg: 'sha-256'
});

// The claims of a presentation that its issuer signed and its holder bound to this request.
async function verify(presentation, nonce) {
  const end = presentation.lastIndexOf('~') + 1;
  const [bound, binding] = [presentation.slice(0, end), presentation.slice(end)];
  const alg = job.issuer.crv === 'P-256' ? 'ES256' : 'EdDSA';
  await compactVerify(bound.split('~')[0], await importJWK(job.issuer, alg), {algorithms: [alg]});
  const claims = await sdJwtVc.getClaims(bound);
  const {payload, protectedHeader} = await compactVerify(binding, await importJWK(claims.cnf.jwk, 'ES256'));
  const said = JSON.parse(Buffer.from(payload));
  const hash = createHash('sha256').update(bound, 'ascii').digest('base64url');
  if(protectedHeader.typ !== 'kb+jwt' || said.nonce !== nonce || said.sd_hash !== hash) {
    throw new Error('the presentation is not for this request');
  }
  if(said.aud !== state.payload.client_id) {
    throw new Error('the presentation is for somebody else');
  }
  return claims;
}

const told = {answered: 0};
const state = {};

async function request(origin) {
  const place = job.host ? `https://${job.host}` : origin;
  const responseUri = `${place}/take`;
  const chain = job.certificate ? [new X509Certificate(job.certificate).raw.toString('base64')] : null;
  const name = {redirect_uri: responseUri, decentralized_identifier: did, x509_san_dns: job.host}[job.prefix];
  const payload = {
    response_type: 'vp_token',
    client_id: `${job.prefix}:${name}`,
    response_mode: job.mode,
    response_uri: responseUri,
    nonce: randomBytes(16).toString('base64url'),
    state: randomBytes(16).toString('base64url'),
    dcql_query: job.query,
    client_metadata: {
      client_name: 'Ministry of Everything',
      vp_formats_supported: {'dc+sd-jwt': {'sd-jwt_alg_values': ['ES256', 'EdDSA'], 'kb-jwt_alg_values': ['ES256']}},
      ...(job.mode === 'direct_post.jwt' ?
        {jwks: {keys: [encryptionJwk]}, encrypted_response_enc_values_supported: ['A256GCM']} : {})
    }
  };
  const signer = chain ? {method: 'x5c', alg: 'ES256', x5c: chain} : {method: 'did', alg: 'ES256', didUrl: `${did}#0`};
  if(job.fault === 'elsewhere') {
    payload.response_uri = 'https://other.example/take';
  }
  const jar = job.prefix === 'redirect_uri' ? undefined : {
    requestUri: `${place}/request`,
    jwtSigner: signer,
    expiresInSeconds: 300,
    additionalJwtPayload: {aud: job.fault === 'audience' ? `${place}/request` : 'https://self-issued.me/v2'}
  };
  const created = await verifier.createOpenId4vpAuthorizationRequest({authorizationRequestPayload: payload, jar});
  state.payload = payload;
  state.object = created.jar?.authorizationRequestJwt;
  if(job.fault === 'altered') {
    const [head, , signature] = state.object.split('.');
    const claims = JSON.parse(Buffer.from(state.object.split('.')[1], 'base64url'));
    claims.response_uri = 'https://evil.example/take';
    state.object = [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
  }
  return created.authorizationRequest;
}

function read(message) {
  return new Promise(resolve => {
    const chunks = [];
    message.on('data', chunk => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks).toString()));
  });
}

async function take(body) {
  told.answered += 1;
  const authorizationResponse = Object.fromEntries(new URLSearchParams(body));
  told.fields = Object.keys(authorizationResponse).sort();
  if(authorizationResponse.error) {
    told.error = authorizationResponse.error;
    return {};
  }
  const parsed = await verifier.parseOpenid4vpAuthorizationResponse({
    authorizationResponse, authorizationRequestPayload: state.payload, callbacks
  });
  const presentations = verifier.parseDcqlVpToken(parsed.authorizationResponsePayload.vp_token);
  told.presented = {};
  for(const [id, [presentation]] of Object.entries(presentations)) {
    told.presented[id] = await verify(presentation, parsed.expectedNonce);
  }
  return {redirect_uri: `${state.payload.response_uri}/back`};
}

const listener = createServer(async (message, response) => {
  const origin = `http://127.0.0.1:${listener.address().port}`;
  const path = new URL(message.url, origin).pathname;
  const body = await read(message);
  const send = (status, type, text) => {
    response.writeHead(status, {'content-type': type});
    response.end(text);
  };
  try {
    if(path === '/request') {
      send(200, 'application/oauth-authz-req+jwt', state.object);
    } else if(path === '/told') {
      send(200, 'application/json', JSON.stringify(told));
    } else {
      send(200, 'application/json', JSON.stringify(await take(body)));
    }
  } catch(error) {
    told.refused = error.message;
    send(400, 'application/json', JSON.stringify({error: 'invalid_request'}));
  }
});
listener.listen(0, '127.0.0.1', async () => {
  const origin = `http://127.0.0.1:${listener.address().port}`;
  process.stdout.write(`${JSON.stringify({origin, link: await request(origin)})}\n`);
});
