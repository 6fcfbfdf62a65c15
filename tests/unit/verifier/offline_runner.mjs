// Judges the cases on standard input with the code of the offline page, and prints what it says of each.
// {"texts": …, "cases": [{"name", "text", "now", "snapshot", "seen"}]} → {name: result}
// With OFFLINE_WITHOUT_ED25519 set, as in a browser that does not know Ed25519 itself.

import { readFileSync } from "node:fs";

import { render } from "../../../runtime/frontend/src/offline/render.js";
import { pinnedOf, roundOver, timeOf } from "../../../runtime/frontend/src/offline/snapshot.js";
import { verifyCard } from "../../../runtime/frontend/src/offline/verify.js";

if (process.env.OFFLINE_WITHOUT_ED25519) {
  const importKey = crypto.subtle.importKey.bind(crypto.subtle);
  crypto.subtle.importKey = (format, key, algorithm, ...rest) =>
    algorithm.name === "Ed25519"
      ? Promise.reject(new DOMException("Unrecognized name.", "NotSupportedError"))
      : importKey(format, key, algorithm, ...rest);
}

const { texts, cases } = JSON.parse(readFileSync(0, "utf8"));
const results = {};
for (const { name, text, now, snapshot, seen } of cases) {
  const current = await roundOver(snapshot, pinnedOf(snapshot), timeOf(now), seen);
  results[name] = render(await verifyCard(current, text), current.now, texts);
}
process.stdout.write(JSON.stringify(results));
