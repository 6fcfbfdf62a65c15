// Builds everything the Python packages take from npm:
//   runtime/build/static/     the pages' style sheet, scripts and web fonts, with manifest.json
//   runtime/build/fonts/      TrueType fonts for certificates and other papers (typst)
//   schemas/build/contexts/   the pinned JSON-LD contexts, with index.json
// Run after `npm ci`. Does nothing when its inputs have not changed since the last complete run.

import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import canonicalize from "canonicalize";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const buildDir = join(here, "..", "build");
const contextsDir = join(here, "..", "..", "schemas", "build", "contexts");
const stampFile = join(buildDir, "stamp");

const CERTIFICATE_FONTS = {
  "noto-sans": ["400Regular/NotoSans_400Regular.ttf", "600SemiBold/NotoSans_600SemiBold.ttf",
    "700Bold/NotoSans_700Bold.ttf", "400Regular_Italic/NotoSans_400Regular_Italic.ttf"],
  "noto-sans-khmer": ["400Regular/NotoSansKhmer_400Regular.ttf", "600SemiBold/NotoSansKhmer_600SemiBold.ttf",
    "700Bold/NotoSansKhmer_700Bold.ttf"],
};
// For papers in the language of a destination. Those of Japan and Korea are too large to come with every copy.
const FONTS_ABROAD = {
  "noto-sans-thai": ["400Regular/NotoSansThai_400Regular.ttf", "600SemiBold/NotoSansThai_600SemiBold.ttf"],
  "noto-sans-arabic": ["400Regular/NotoSansArabic_400Regular.ttf", "600SemiBold/NotoSansArabic_600SemiBold.ttf"],
};

// Parts of the offline page that stand under licences of their own.
const OFFLINE_PACKAGES = ["@digitalbazaar/base45", "@noble/curves", "@noble/hashes", "@scure/base", "canonicalize", "cborg",
  "jsonc-parser", "zxing-wasm"];
// The oldest that have what it needs: DecompressionStream, and WebAssembly under a strict policy.
const OFFLINE_TARGET = ["chrome80", "firefox113", "safari16.4"];

const sha256 = (data) => createHash("sha256").update(data).digest("hex");

async function filesUnder(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
}

async function inputsDigest() {
  const own = ["build.mjs", "contexts.json", "package.json", "package-lock.json"].map((name) => join(here, name));
  const hash = createHash("sha256");
  for (const file of [...own, ...(await filesUnder(join(here, "src")))]) {
    hash.update(file.slice(here.length)).update("\0").update(await readFile(file)).update("\0");
  }
  return hash.digest("hex");
}

async function isCurrent(digest) {
  const outputs = [join(buildDir, "static", "manifest.json"), join(buildDir, "fonts"), join(contextsDir, "index.json")];
  try {
    await Promise.all(outputs.map((path) => stat(path)));
    return (await readFile(stampFile, "utf8")) === digest;
  } catch (error) {
    if (error.code === "ENOENT") return false;
    throw error;
  }
}

// A folder appears whole or not at all, so that a running server never reads half a build.
async function replaceFolder(target, fill) {
  const fresh = `${target}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  await fill(fresh);
  await rm(target, { recursive: true, force: true });
  await rename(fresh, target);
}

async function buildStatic(out) {
  await esbuild.build({
    entryPoints: { app: join(here, "src", "css", "app.css") },
    outdir: out, bundle: true, minify: true, logLevel: "warning",
    target: ["chrome70", "firefox68", "safari12"],
    loader: { ".woff2": "file", ".svg": "file" }, assetNames: "assets/[name]-[hash]",
  });
  await esbuild.build({
    entryPoints: { app: join(here, "src", "app.js") },
    outdir: out, bundle: true, minify: true, logLevel: "warning", target: ["chrome70", "firefox68", "safari12"],
  });
  await buildOffline(out);
  await cp(join(modules, "htmx.org", "dist", "htmx.min.js"), join(out, "htmx.min.js"));
  await cp(join(here, "src", "icon.svg"), join(out, "icon.svg"));
  for (const family of Object.keys(CERTIFICATE_FONTS)) {
    await cp(join(modules, "@fontsource", family, "LICENSE"), join(out, "assets", `${family}.LICENSE.txt`));
  }
  const manifest = {};
  for (const file of await filesUnder(out)) {
    manifest[file.slice(out.length + 1)] = sha256(await readFile(file)).slice(0, 12);
  }
  await writeFile(join(out, "manifest.json"), JSON.stringify(manifest, null, 1) + "\n");
}

// The page that checks cards without a network, its service worker, the reader of QR codes, and the camera of
// pages that take one. The names of shared parts begin with "offline-": the service worker keeps those.
async function buildOffline(out) {
  const shared = { outdir: out, bundle: true, minify: true, logLevel: "warning", target: OFFLINE_TARGET };
  await esbuild.build({
    ...shared, entryPoints: { offline: join(here, "src", "offline", "main.js"), scan: join(here, "src", "scan.js") },
    format: "esm", splitting: true, chunkNames: "offline-[name]-[hash]",
  });
  await esbuild.build({ ...shared, entryPoints: { "offline-sw": join(here, "src", "offline", "sw.js") } });
  await cp(join(modules, "zxing-wasm", "dist", "reader", "zxing_reader.wasm"), join(out, "zxing_reader.wasm"));
  for (const name of OFFLINE_PACKAGES) {
    const licence = (await readdir(join(modules, name))).find((file) => /^licen[cs]e/i.test(file));
    if (licence === undefined) continue;
    await cp(join(modules, name, licence), join(out, "assets", `${name.replace(/^@|\//g, "-").replace(/^-/, "")}.LICENSE.txt`));
  }
}

async function buildFonts(out) {
  for (const [family, files] of Object.entries({ ...CERTIFICATE_FONTS, ...FONTS_ABROAD })) {
    const folder = join(modules, "@expo-google-fonts", family);
    for (const file of files) await cp(join(folder, file), join(out, basename(file)));
    await cp(join(folder, "LICENSE_FONT"), join(out, `${family}.LICENSE.txt`));
  }
}

// The hash in contexts.json is over RFC 8785 canonical JSON: the npm copies equal the published
// files as JSON, not always as bytes.
async function buildContexts(out) {
  const pins = JSON.parse(await readFile(join(here, "contexts.json"), "utf8"));
  const index = {};
  for (const [url, pin] of Object.entries(pins)) {
    const { contexts } = await import(pin.package);
    const context = contexts.get(url);
    if (context === undefined) throw new Error(`${pin.package} has no context ${url}`);
    const found = sha256(canonicalize(context));
    if (found !== pin.sha256_jcs) throw new Error(`${url} is not the pinned context: found ${found}`);
    await writeFile(join(out, pin.file), JSON.stringify(context, null, 1) + "\n");
    index[url] = { file: pin.file, sha256_jcs: found };
  }
  await writeFile(join(out, "index.json"), JSON.stringify(index, null, 1) + "\n");
}

const digest = await inputsDigest();
if (await isCurrent(digest)) {
  console.log("front end: up to date");
} else {
  await rm(stampFile, { force: true });
  await replaceFolder(join(buildDir, "static"), buildStatic);
  await replaceFolder(join(buildDir, "fonts"), buildFonts);
  await replaceFolder(contextsDir, buildContexts);
  await writeFile(stampFile, digest);
  console.log("front end: built");
}
