// @digitalcredentials/verifier-core: it takes no loader and no decoded list, so the network answers from memory.
import {didDocumentUrl} from './documents.mjs';

// Where it looks for the schema of an Open Badge. The set has none, and a failure would be logged for each
// credential; a schema that demands nothing is compiled once.
const SCHEMA = 'https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json';

export async function prepare(set) {
  const bodies = new Map(Object.entries(set.documents));
  for(const [url, context] of Object.entries(set.contexts)) {
    bodies.set(url, JSON.stringify(context));
  }
  for(const did of [set.issuer, set.statusRegistry]) {
    bodies.set(didDocumentUrl(did), set.documents[didDocumentUrl(did)]);
  }
  const registries = 'https://skills-passport.example/registry.json';
  bodies.set(registries, JSON.stringify({registry: {[set.issuer]: {name: 'The centre'}}}));
  bodies.set(SCHEMA, JSON.stringify({$schema: 'https://json-schema.org/draft/2019-09/schema', type: 'object'}));
  globalThis.fetch = async resource => {
    const url = typeof resource === 'string' ? resource : resource.url ?? resource.href;
    const body = bodies.get(url);
    if(body === undefined) {
      throw new TypeError(`${url} is not in the set`);
    }
    return new Response(body, {headers: {'content-type': 'application/json'}});
  };
  // Imported only now: a client made at import might keep the other fetch.
  const {verifyCredential} = await import('@digitalcredentials/verifier-core');
  const knownDIDRegistries = [{name: 'Issuers to rely on', type: 'dcc-legacy', url: registries}];
  return async text => {
    const {errors, log} = await verifyCredential({credential: JSON.parse(text), knownDIDRegistries});
    return !errors && log.every(({valid}) => valid === true);
  };
}
