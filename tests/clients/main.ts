// The main flow with the generated TypeScript client: register, ring, see why, forget.

import { setTimeout } from "node:timers/promises";

import createClient from "openapi-fetch";

import type { components, paths } from "./api.js";

const { RINGHOOK_URL = "", RINGHOOK_API_KEY = "", ACCOUNT_SID = "" } = process.env;

const api = createClient<paths>({
  baseUrl: `${RINGHOOK_URL}/api/v1`,
  headers: { authorization: `Bearer ${RINGHOOK_API_KEY}` },
});

function expect(holds: unknown, what: unknown): asserts holds {
  if (!holds) throw new Error(JSON.stringify(what));
}

const body: components["schemas"]["NewBinding"] = {
  account_sid: ACCOUNT_SID,
  identity: "carol",
  channel: "fcm",
  address: "token-of-typescript",
  device_id: "phone",
};
const header = { "Idempotency-Key": "typescript-1" };
const made = await api.POST("/bindings", { body, params: { header } });
const again = await api.POST("/bindings", { body, params: { header } });
expect(made.response.status === 201 && made.data, made.error);
expect(again.data?.id === made.data.id && again.response.headers.get("idempotency-replayed"), again.error);
const id: string = made.data.id;

const page = await api.GET("/bindings", { params: { query: { identity: "carol", limit: 10 } } });
expect(page.data?.items.length === 1 && page.data.items[0]?.channel === "fcm", page);

const call = await api.POST("/test-calls", { body: { account_sid: ACCOUNT_SID, identity: "carol" } });
expect(call.data?.test, call.error);
const params = { path: { id: call.data.id } };
let shown = await api.GET("/notifications/{id}", { params });
for (let tries = 0; tries < 600 && shown.data?.deliveries[0]?.state !== "accepted"; tries += 1) {
  await setTimeout(50); // a provider may answer later than the workspace's rule waits
  shown = await api.GET("/notifications/{id}", { params });
}
expect(shown.data?.deliveries[0]?.binding_id === id && shown.data.deliveries[0].state === "accepted", shown);

const wrong = await api.POST("/bindings", { body: { ...body, identity: "two words" } });
expect(wrong.error?.code === "validation_failed" && wrong.error.errors?.[0]?.pointer === "/identity", wrong);

const gone = await api.DELETE("/bindings/{id}", { params: { path: { id } } });
expect(gone.response.status === 204, gone.error);
const missing = await api.GET("/bindings/{id}", { params: { path: { id } } });
expect(missing.error?.code === "not_found", missing);

console.log("done");
