// Passkeys (WebAuthn): a form with data-passkey asks the browser, puts its answer into the form and sends it.

const toBytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (character) => character.charCodeAt(0));

const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const withBytes = (list) => (list || []).map((item) => ({ ...item, id: toBytes(item.id) }));

function toJson(made, response) {
  response.clientDataJSON = toText(made.response.clientDataJSON);
  return JSON.stringify({ id: made.id, rawId: toText(made.rawId), type: made.type, response });
}

async function create(options) {
  options.challenge = toBytes(options.challenge);
  options.user.id = toBytes(options.user.id);
  options.excludeCredentials = withBytes(options.excludeCredentials);
  const made = await navigator.credentials.create({ publicKey: options });
  return toJson(made, { attestationObject: toText(made.response.attestationObject) });
}

async function get(options) {
  options.challenge = toBytes(options.challenge);
  options.allowCredentials = withBytes(options.allowCredentials);
  const made = await navigator.credentials.get({ publicKey: options });
  return toJson(made, {
    authenticatorData: toText(made.response.authenticatorData),
    signature: toText(made.response.signature),
  });
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.passkey) return;
  event.preventDefault();
  // Sent empty where the person said no: the page then says that it was not accepted.
  const ask = form.dataset.passkey === "create" ? create : get;
  ask(JSON.parse(form.dataset.options))
    .then((text) => { form.elements.passkey.value = text; }, () => {})
    .then(() => form.submit());
});
