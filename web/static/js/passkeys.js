// Forms that ask the browser for a passkey: what it answers is sent with the form. Without this they stay hidden.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

// The members of WebAuthn's JSON that browsers want as bytes.
function readable(options) {
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  for (const known of [...(options.excludeCredentials ?? []), ...(options.allowCredentials ?? [])]) known.id = bytes(known.id);
  return options;
}

function sendable(credential) {
  const { response } = credential;
  const members = { clientDataJSON: text(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) members[name] = text(response[name]);
  }
  if (response.getTransports) members.transports = response.getTransports();
  return JSON.stringify({
    id: credential.id, rawId: text(credential.rawId), type: credential.type, response: members,
    extensions: credential.getClientExtensionResults(),
  });
}

async function ceremony(form) {
  const answer = await fetch(form.dataset.passkey, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  const asked = await answer.json();
  if (!answer.ok) throw new Error(asked.detail);
  const publicKey = readable(asked.publicKey);
  const how = publicKey.user ? "create" : "get";
  return navigator.credentials[how]({ publicKey });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = form.querySelector("[role=alert]");
    said.textContent = "";
    try {
      form.elements.credential.value = sendable(await ceremony(form));
      form.submit();
    } catch (error) {
      said.textContent = error.name === "NotAllowedError" ? "The browser was not allowed to, or it took too long." : error.message;
    }
  });
}
