// Validates manifests of other projects' kinds by the models that are generated of their definitions: patterns and
// needed fields here, unknown fields by the compiler, from the file that this writes.
//
// usage: custom.mjs MANIFESTS.json OUT.ts
import { readFileSync, writeFileSync } from "node:fs";
import { HTTPRoute } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1";
import { PrometheusRule, ServiceMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1";

const known = { HTTPRoute, PrometheusRule, ServiceMonitor };
const [, , from, to] = process.argv;
const lines = [
  'import type { IHTTPRoute } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1";',
  'import type { IPrometheusRule, IServiceMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1";',
];
for (const [place, manifest] of JSON.parse(readFileSync(from, "utf8")).entries()) {
  const kind = known[manifest.kind];
  if (!kind || kind.apiVersion !== manifest.apiVersion) throw new Error(`${manifest.apiVersion} ${manifest.kind} has no model`);
  new kind(manifest).validate();
  lines.push(`export const manifest${place}: I${manifest.kind} = ${JSON.stringify(manifest)};`);
}
writeFileSync(to, lines.join("\n"));
