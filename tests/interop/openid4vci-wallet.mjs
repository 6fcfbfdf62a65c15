// A wallet made of @openid4vc/openid4vci and @openid4vc/oauth2: it fetches credentials, and tells what it got.
// Standard input: one JSON object {issuer, offer (what was scanned) or signIn ({username, password}), pin, txCode,
// configuration, keys (how many), dpop (whether tokens are bound to a key), event (what the issuer is told),
// waiting (what an earlier run had to wait for)}.
import {createHash, randomBytes} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {
  clientAuthenticationAnonymous, clientAuthenticationNone, setGlobalConfig
} from '@openid4vc/oauth2';
import {Openid4vciClient} from '@openid4vc/openid4vci';
import {SignJWT, exportJWK, generateKeyPair, importJWK} from 'jose';

const job = JSON.parse(readFileSync(0, 'utf8'));
const clientId = 'com.example.interop';
const redirectUri = 'https://wallet.example/cb';
// The issuer under test is on plain http.
setGlobalConfig({allowInsecureUrls: true});

async function newKey() {
  const {privateKey} = await generateKeyPair('ES256', {extractable: true});
  return exportJWK(privateKey);
}

function publicPart({d, ...jwk}) {
  return jwk;
}

function signerOf(jwk) {
  return {method: 'jwk', alg: 'ES256', publicJwk: publicPart(jwk)};
}

const dpopKey = job.waiting?.dpopKey ?? (job.dpop ? await newKey() : null);
const holderKeys = job.waiting ? [] : await Promise.all(Array.from({length: job.keys ?? 1}, newKey));
const known = [...holderKeys, ...(dpopKey ? [dpopKey] : [])];

const callbacks = {
  fetch,
  hash: (data, algorithm) => createHash(algorithm.replace('-', '')).update(data).digest(),
  generateRandom: bytes => randomBytes(bytes),
  clientAuthentication: job.signIn ? clientAuthenticationNone({clientId}) : clientAuthenticationAnonymous(),
  signJwt: async (signer, {header, payload}) => {
    const jwk = known.find(({x}) => x === signer.publicJwk.x);
    const jwt = await new SignJWT(payload).setProtectedHeader(header).sign(await importJWK(jwk, 'ES256'));
    return {jwt, signerJwk: publicPart(jwk)};
  }
};
const client = new Openid4vciClient({callbacks});
const dpop = dpopKey ? {signer: signerOf(dpopKey)} : undefined;
const issuerMetadata = await client.resolveIssuerMetadata(job.issuer);

// What a person does in the browser that the wallet opens: signs in, reads, and agrees.
async function agree(url) {
  const headers = {accept: 'text/html', origin: job.issuer};
  const form = {method: 'POST', redirect: 'manual'};
  const signedIn = await fetch(`${job.issuer}/sign-in`, {...form, headers, body: new URLSearchParams(job.signIn)});
  headers.cookie = signedIn.headers.getSetCookie().map(cookie => cookie.split(';')[0]).join('; ');
  const page = await (await fetch(url, {headers, redirect: 'manual'})).text();
  const fields = [...page.matchAll(/<input[^>]* name="(\w+)" value="([^"]*)"/g)].map(([, ...field]) => field);
  const body = new URLSearchParams([...fields, ['pin', job.pin], ['decision', 'agree']]);
  const answer = await fetch(`${job.issuer}/openid4vci/authorize`, {...form, headers, body});
  return answer.headers.get('location');
}

async function byOffer() {
  const credentialOffer = await client.resolveCredentialOffer(job.offer);
  return client.retrievePreAuthorizedCodeAccessTokenFromOffer({
    credentialOffer, issuerMetadata, txCode: job.txCode ?? undefined, dpop
  });
}

async function byConsent() {
  // The wallet begins by itself; the library wants to see an offer all the same.
  const credentialOffer = {
    credential_issuer: job.issuer,
    credential_configuration_ids: [job.configuration],
    grants: {authorization_code: {}}
  };
  const scope = issuerMetadata.credentialIssuer.credential_configurations_supported[job.configuration].scope;
  const begun = await client.initiateAuthorization({
    clientId, issuerMetadata, credentialOffer, redirectUri, scope, dpop
  });
  const [authorizationServerMetadata] = issuerMetadata.authorizationServers;
  const {code} = client.parseAndVerifyAuthorizationResponseRedirectUrl({
    url: await agree(begun.authorizationRequestUrl), authorizationServerMetadata
  });
  return client.retrieveAuthorizationCodeAccessTokenFromOffer({
    issuerMetadata, credentialOffer, authorizationCode: code,
    pkceCodeVerifier: begun.pkce?.codeVerifier, redirectUri, dpop
  });
}

async function ask(accessToken) {
  const {c_nonce: nonce} = await client.requestNonce({issuerMetadata});
  const jwt = [];
  for(const key of holderKeys) {
    const made = await client.createCredentialRequestJwtProof({
      issuerMetadata, signer: signerOf(key), nonce, issuedAt: new Date(),
      credentialConfigurationId: job.configuration, clientId: job.signIn ? clientId : undefined
    });
    jwt.push(made.jwt);
  }
  const {credentialResponse} = await client.retrieveCredentials({
    accessToken, issuerMetadata, credentialConfigurationId: job.configuration, proofs: {jwt}, dpop
  });
  return credentialResponse;
}

const token = job.waiting ?
  {accessTokenResponse: job.waiting.token} : await (job.signIn ? byConsent() : byOffer());
const accessToken = token.accessTokenResponse.access_token;
const answer = job.waiting ?
  (await client.retrieveDeferredCredentials({
    issuerMetadata, accessToken, transactionId: job.waiting.transactionId, dpop
  })).deferredCredentialResponse :
  await ask(accessToken);
let told = null;
if(answer.notification_id && job.event) {
  const notification = {notificationId: answer.notification_id, event: job.event};
  told = (await client.sendNotification({issuerMetadata, accessToken, notification, dpop})).response.status;
}
process.stdout.write(JSON.stringify({
  version: issuerMetadata.originalDraftVersion,
  tokenType: token.accessTokenResponse.token_type,
  credentials: answer.credentials ?? [],
  keys: holderKeys.map(publicPart),
  told,
  waiting: answer.transaction_id ?
    {token: token.accessTokenResponse, transactionId: answer.transaction_id, dpopKey} : null
}));
