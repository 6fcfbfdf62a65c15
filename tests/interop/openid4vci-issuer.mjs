// An issuer made of @openid4vc/openid4vci, @openid4vc/oauth2 and @sd-jwt/sd-jwt-vc, over HTTP, for our wallet.
// Standard input: one JSON object {txCode, batch, deferred (whether credentials are made later), dpop (whether
// tokens must be bound to a key), fault ('other-key': what is given is bound to a key of the issuer's)}.
// The first line of standard output: {origin, offer}; GET /told says what it saw.
import {createHash, randomBytes} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {Oauth2AuthorizationServer, setGlobalConfig} from '@openid4vc/oauth2';
import {Openid4vciIssuer} from '@openid4vc/openid4vci';
import {SDJwtVcInstance} from '@sd-jwt/sd-jwt-vc';
import {CompactSign, SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, jwtVerify} from 'jose';

const job = JSON.parse(readFileSync(0, 'utf8'));
const PRE_AUTHORIZED = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';
const CODE = 'a code that nobody guesses';
// The issuer is on plain http.
setGlobalConfig({allowInsecureUrls: true});

const {privateKey, publicKey} = await generateKeyPair('ES256', {extractable: true});
const publicJwk = await exportJWK(publicKey);
const callbacks = {
  fetch,
  hash: (data, algorithm) => createHash(algorithm.replace('-', '')).update(data).digest(),
  generateRandom: bytes => randomBytes(bytes),
  signJwt: async (signer, {header, payload}) => ({
    jwt: await new SignJWT(payload).setProtectedHeader(header).sign(privateKey), signerJwk: publicJwk
  }),
  verifyJwt: async (signer, {compact}) => {
    const signerJwk = signer.publicJwk;
    await jwtVerify(compact, await importJWK(signerJwk, signer.alg), {clockTolerance: 300});
    return {verified: true, signerJwk};
  }
};
const issuer = new Openid4vciIssuer({callbacks});
const server = new Oauth2AuthorizationServer({callbacks});
const sdJwtVc = new SDJwtVcInstance({
  signer: async data => {
    const [head, payload] = data.split('.');
    const signed = await new CompactSign(Buffer.from(payload, 'base64url'))
      .setProtectedHeader(JSON.parse(Buffer.from(head, 'base64url'))).sign(privateKey);
    return signed.split('.')[2];
  },
  signAlg: 'ES256',
  hasher: (data, algorithm) => createHash(algorithm.replace('-', '')).update(Buffer.from(data)).digest(),
  hashAlg: 'sha-256',
  saltGenerator: () => randomBytes(16).toString('base64url')
});

const told = {proofs: 0, nonces: 0, tokenType: null, events: [], agents: new Set()};
const state = {nonce: null, waiting: null};

function read(request) {
  return new Promise(resolve => {
    const chunks = [];
    request.on('data', chunk => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks).toString()));
  });
}

function metadata(origin) {
  const credentialIssuer = describe(origin);
  return {
    credentialIssuer,
    knownCredentialConfigurations: issuer.getKnownCredentialConfigurationsSupported(credentialIssuer),
    authorizationServers: [server.createAuthorizationServerMetadata({
      issuer: origin,
      token_endpoint: `${origin}/token`,
      'pre-authorized_grant_anonymous_access_supported': true,
      ...(job.dpop ? {dpop_signing_alg_values_supported: ['ES256']} : {})
    })]
  };
}

function describe(origin) {
  return issuer.createCredentialIssuerMetadata({
    credential_issuer: origin,
    credential_endpoint: `${origin}/credential`,
    nonce_endpoint: `${origin}/nonce`,
    deferred_credential_endpoint: `${origin}/deferred`,
    notification_endpoint: `${origin}/notification`,
    ...(job.batch ? {batch_credential_issuance: {batch_size: job.batch}} : {}),
    display: [{name: 'School of Welding', locale: 'en'}],
    credential_configurations_supported: {
      welding: {
        format: 'dc+sd-jwt',
        vct: `${origin}/types/welding`,
        scope: 'welding',
        cryptographic_binding_methods_supported: ['jwk'],
        credential_signing_alg_values_supported: ['ES256'],
        proof_types_supported: {jwt: {proof_signing_alg_values_supported: ['ES256']}},
        credential_metadata: {display: [{name: 'Welding', locale: 'en'}]}
      }
    }
  });
}

async function give(origin, keys) {
  return Promise.all(keys.map(async jwk => ({
    credential: await sdJwtVc.issue(
      {
        iss: origin, iat: Math.floor(Date.now() / 1000), vct: `${origin}/types/welding`,
        cnf: {jwk: job.fault === 'other-key' ? publicJwk : jwk},
        grade: 'good', holderName: 'SOK DARA'
      },
      {_sd: ['grade', 'holderName']},
      {header: {kid: 'school'}}
    )
  })));
}

function requireToken(request, body) {
  const [kind, token] = (request.headers.authorization ?? '').split(' ');
  if(kind !== told.tokenType || token !== state.token || (job.dpop && !request.headers.dpop)) {
    throw Object.assign(new Error('no token'), {status: 401, code: 'invalid_token'});
  }
  return body;
}

async function token(request, body, origin) {
  const httpRequest = {method: 'POST', url: `${origin}/token`, headers: new Headers(request.headers)};
  const accessTokenRequest = Object.fromEntries(new URLSearchParams(body));
  const parsed = server.parseAccessTokenRequest({accessTokenRequest, request: httpRequest});
  const {dpop} = await server.verifyPreAuthorizedCodeAccessTokenRequest({
    accessTokenRequest: parsed.accessTokenRequest,
    authorizationServerMetadata: metadata(origin).authorizationServers[0],
    grant: parsed.grant,
    expectedPreAuthorizedCode: CODE,
    expectedTxCode: job.txCode ?? undefined,
    request: httpRequest,
    ...(job.dpop ? {dpop: {...parsed.dpop, required: true, allowedSigningAlgs: ['ES256']}} : {})
  });
  const answer = await server.createAccessTokenResponse({
    audience: origin,
    authorizationServer: origin,
    expiresInSeconds: 300,
    subject: CODE,
    signer: {method: 'jwk', alg: 'ES256', publicJwk},
    ...(dpop ? {dpop: {jwk: dpop.jwk}} : {})
  });
  state.token = answer.access_token;
  told.tokenType = answer.token_type;
  if(dpop) {
    told.boundTo = await calculateJwkThumbprint(dpop.jwk);
  }
  return [200, answer];
}

async function credential(request, body, origin) {
  const issuerMetadata = metadata(origin);
  const credentialRequest = JSON.parse(requireToken(request, body));
  const {proofs} = issuer.parseCredentialRequest({credentialRequest, issuerMetadata});
  const keys = [];
  for(const jwt of proofs.jwt) {
    const {signer} = await issuer.verifyCredentialRequestJwtProof({
      issuerMetadata, expectedNonce: state.nonce, jwt
    });
    keys.push(signer.publicJwk);
  }
  state.nonce = null;
  told.proofs += keys.length;
  if(job.deferred && !state.waiting) {
    state.waiting = keys;
    return [202, {transaction_id: 'later', interval: 5}];
  }
  return [200, {credentials: await give(origin, keys), notification_id: 'told'}];
}

const routes = {
  '/.well-known/openid-credential-issuer': (_, __, origin) => [200, metadata(origin).credentialIssuer],
  '/.well-known/oauth-authorization-server': (_, __, origin) => [200, metadata(origin).authorizationServers[0]],
  '/offer': (_, __, origin) => [200, state.offer(origin)],
  '/token': token,
  '/nonce': () => {
    state.nonce = randomBytes(16).toString('base64url');
    told.nonces += 1;
    return [200, issuer.createNonceResponse({cNonce: state.nonce})];
  },
  '/credential': credential,
  '/deferred': async (request, body, origin) => {
    const {transaction_id: id} = JSON.parse(requireToken(request, body));
    if(id !== 'later') {
      return [400, {error: 'invalid_transaction_id'}];
    }
    return [200, {credentials: await give(origin, state.waiting), notification_id: 'told'}];
  },
  '/notification': (request, body) => {
    told.events.push(JSON.parse(requireToken(request, body)).event);
    return [204, null];
  },
  '/told': () => [200, told]
};
state.offer = origin => ({
  credential_issuer: origin,
  credential_configuration_ids: ['welding'],
  grants: {
    [PRE_AUTHORIZED]: {
      'pre-authorized_code': CODE,
      ...(job.txCode ? {tx_code: {input_mode: 'numeric', length: job.txCode.length}} : {})
    }
  }
});

const listener = createServer(async (request, response) => {
  const origin = `http://127.0.0.1:${listener.address().port}`;
  let answer;
  try {
    answer = await routes[new URL(request.url, origin).pathname](request, await read(request), origin);
  } catch(error) {
    const said = error.errorResponse ?? {error: error.code ?? 'invalid_request', error_description: error.message};
    answer = [error.status ?? 400, said];
  }
  const [status, body] = answer;
  response.writeHead(status, {'content-type': 'application/json', 'cache-control': 'no-store'});
  response.end(body === null ? undefined : JSON.stringify(body));
});
listener.listen(0, '127.0.0.1', async () => {
  const origin = `http://127.0.0.1:${listener.address().port}`;
  const {credentialOffer} = await issuer.createCredentialOffer({
    credentialConfigurationIds: ['welding'],
    grants: state.offer(origin).grants,
    issuerMetadata: metadata(origin),
    credentialOfferUri: `${origin}/offer`
  });
  process.stdout.write(`${JSON.stringify({origin, offer: credentialOffer})}\n`);
});
