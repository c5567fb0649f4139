// This browser as a device: a WebSocket with a short-lived client token, as an app's own would be.
const byId = (id) => document.getElementById(id);
const form = byId("ring-form");
const phone = byId("phone");
if (form && phone) {
  const connectButton = byId("connect");
  let socket = null;
  let asked = null;
  let tone = null;

  const say = (state, text) => {
    phone.dataset.state = state;
    byId("status").textContent = text;
  };
  const deviceId = () => {
    const key = "ringhook-device";
    let id = localStorage.getItem(key);
    if (!id) {
      id = `browser-${crypto.getRandomValues(new Uint32Array(2)).join("")}`;
      localStorage.setItem(key, id);
    }
    return id;
  };
  const fields = () => new URLSearchParams(new FormData(form));
  const hush = () => {
    tone?.close();
    tone = null;
    byId("answer").hidden = true;
  };
  const sound = () => {
    if (!byId("sound").checked || !window.AudioContext) return;
    tone = new AudioContext();
    const gain = tone.createGain();
    gain.connect(tone.destination);
    gain.gain.value = 0;
    for (const pitch of [440, 554]) {
      const voice = tone.createOscillator();
      voice.frequency.value = pitch;
      voice.connect(gain);
      voice.start();
    }
    for (let at = 0; at < 12; at += 2) {
      gain.gain.setValueAtTime(0.08, tone.currentTime + at);
      gain.gain.setValueAtTime(0, tone.currentTime + at + 0.8);
    }
  };
  const number = (label, millis) => {
    const group = document.createElement("div");
    const name = document.createElement("dt");
    const value = document.createElement("dd");
    name.textContent = label;
    value.textContent = `${Math.max(0, Math.round(millis))} ms`;
    group.append(name, value);
    byId("numbers").append(group);
  };
  const rang = (event) => {
    const payload = JSON.parse(event.data);
    if (asked) number("Rang in this browser after", performance.now() - asked);
    byId("outcome").hidden = false;
    byId("caller").textContent = payload.twi_from ?? "";
    byId("payload").textContent = JSON.stringify({ ...payload, twi_bridge_token: "(a secret of the call)" }, null, 2);
    say("ringing", "Incoming call");
    byId("answer").hidden = false;
    sound();
    socket.send(JSON.stringify({ ack: payload.twi_message_id }));
  };
  const connect = async () => {
    connectButton.disabled = true;
    say("connecting", "Connecting…");
    try {
      const answer = await fetch(connectButton.dataset.token, { method: "POST", body: fields() });
      const given = await answer.json();
      if (!answer.ok) throw new Error(given.detail);
      const url = new URL(`/api/v1/device/socket?device_id=${deviceId()}`, location.href);
      url.protocol = url.protocol.replace("http", "ws");
      socket?.close();
      socket = new WebSocket(url, ["ringhook.v1", `ringhook.bearer.${given.token}`]);
      const opened = socket;
      await new Promise((resolve, reject) => {
        opened.onopen = resolve;
        opened.onerror = () => reject(new Error("The socket did not open: does a proxy let WebSockets through?"));
      });
      opened.onmessage = rang;
      opened.onclose = () => { if (socket === opened) { socket = null; say("idle", "Not connected"); connectButton.disabled = false; } };
      say("ready", `Connected as ${form.elements.identity.value}`);
    } catch (fault) {
      socket = null;
      say("failed", fault.message);
    }
    connectButton.disabled = false;
  };
  const timeline = async (path) => {
    for (let tries = 0; tries < 20; tries += 1) {
      const answer = await fetch(path);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.getElementById("timeline");
      if (found) {
        byId("steps").replaceChildren(document.importNode(found, true));
        document.dispatchEvent(new CustomEvent("shown", { detail: byId("steps") }));
        if (!("open" in found.dataset)) return;
      }
      await new Promise((later) => setTimeout(later, 150));
    }
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    hush();
    if (!socket) await connect();
    byId("numbers").replaceChildren();
    byId("steps").replaceChildren();
    byId("ring").disabled = true;
    asked = performance.now();
    try {
      const answer = await fetch(form.action, { method: "POST", body: fields(), headers: { accept: "application/json" } });
      const given = await answer.json();
      if (!answer.ok) throw new Error(given.detail);
      number(`Twilio is answered ${given.status} after`, given.after_ms);
      byId("outcome").hidden = false;
      byId("call-link").href = given.path;
      await timeline(given.path);
    } catch (fault) {
      say("failed", fault.message);
    }
    byId("ring").disabled = false;
  });
  byId("answer").addEventListener("click", () => {
    hush();
    say("ready", "Answered. In an app, the Voice SDK would now connect.");
  });
  for (const field of [form.elements.identity, form.elements.account_sid]) {
    field.addEventListener("change", () => {
      const open = socket;
      socket = null;
      open?.close();
      say("idle", "Not connected");
    });
  }
  connectButton.addEventListener("click", connect);
  connectButton.hidden = false;
  phone.hidden = false;
}
