// Fails when the built page is heavier than agreed: sizes in kB (1000 bytes) after gzip.
import { readdir, readFile, stat } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const BUDGET = { entry: 120, route: 180, css: 15, font: 50 };
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(await readFile(new URL(".vite/manifest.json", dist), "utf8"));

const sizes = new Map();
async function gzipped(file) {
  if (!sizes.has(file)) {
    sizes.set(file, gzipSync(await readFile(new URL(file, dist)), { level: 9 }).length / 1000);
  }
  return sizes.get(file);
}

/** Every chunk that `key` needs before it runs, itself included. */
function closure(key, seen = new Set()) {
  if (!seen.has(key)) {
    seen.add(key);
    for (const needed of manifest[key].imports ?? []) closure(needed, seen);
  }
  return seen;
}

async function total(keys) {
  const files = new Set([...keys].map((key) => manifest[key].file));
  let sum = 0;
  for (const file of files) sum += await gzipped(file);
  return sum;
}

const rows = [];
const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const first = closure(entry);
rows.push(["entry JavaScript", await total(first), BUDGET.entry]);

const shell = Object.keys(manifest).filter((key) => /routes\/_app\.tsx/.test(key));
for (const key of Object.keys(manifest).filter((key) =>
  /routes\/.*\?tsr-split=component/.test(key),
)) {
  const needed = new Set(first);
  for (const part of key.includes("/_app/") ? [...shell, key] : [key]) closure(part, needed);
  const name = key.replace(/^src\/routes\//, "").replace(/\?.*$/, "");
  rows.push([`first load of ${name}`, await total(needed), BUDGET.route]);
}

let css = 0;
for (const file of new Set(Object.values(manifest).flatMap((chunk) => chunk.css ?? []))) {
  css += await gzipped(file);
}
rows.push(["all CSS", css, BUDGET.css]);

for (const name of await readdir(new URL("assets/", dist))) {
  if (name.endsWith(".woff2")) {
    const { size } = await stat(new URL(`assets/${name}`, dist));
    rows.push([`font ${name.replace(/-[\w-]{8}\.woff2$/, "")}`, size / 1000, BUDGET.font]);
  }
}

let isOver = false;
for (const [name, size, limit] of rows) {
  isOver ||= size > limit;
  const verdict = size > limit ? "OVER" : "ok";
  console.log(`${verdict.padEnd(5)}${size.toFixed(1).padStart(7)} of ${limit} kB  ${name}`);
}
process.exit(isOver ? 1 : 0);
