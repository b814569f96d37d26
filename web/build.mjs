// node build.mjs FOLDER: each page of src/pages as FOLDER/PAGE.js and FOLDER/PAGE.css, and all of them as FOLDER/bundles.cpp,
// which web/bundles.h declares. The licences of what is bundled stand at each script's beginning.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const web = dirname(fileURLToPath(import.meta.url));
const folder = resolve(process.argv[2] ?? "dist");
const pages = ["report", "training"];

// "node_modules/@a/b/src/c.js" -> "node_modules/@a/b"
const packageOf = (path) => path.match(/.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0];

function licences(inputs) {
    const byText = new Map();
    for (const path of new Set(inputs.map(packageOf).filter(Boolean))) {
        const { name, version } = JSON.parse(readFileSync(join(web, path, "package.json"), "utf8"));
        const file = readdirSync(join(web, path)).find((entry) => /^licen[cs]e/i.test(entry));
        if (!file) throw new Error(`${name}: comes without the text of its licence, so it can't go into a page`);
        const text = readFileSync(join(web, path, file), "utf8").trim().replaceAll("*/", "* /");
        byText.set(text, [...(byText.get(text) ?? []), `${name} ${version}`]);
    }
    return [...byText].map(([text, names]) => `${names.sort().join(", ")}\n\n${text}`).sort().join("\n\n");
}

async function bundle(page) {
    const options = {
        absWorkingDir: web,
        entryPoints: [`src/pages/${page}.ts`],
        outdir: folder,
        bundle: true,
        minify: true,
        format: "iife",
        target: ["chrome100", "firefox100", "safari15.4"],
        legalComments: "none",
        write: false,
        metafile: true,
    };
    const { metafile, outputFiles, warnings } = await build(options);
    if (warnings.length > 0) throw new Error(`${page}: see the warnings above`);
    const kept = Object.values(metafile.outputs).flatMap(({ inputs }) =>
        Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0));
    const text = (suffix) => outputFiles.find((file) => file.path.endsWith(suffix))?.text ?? "";
    return {
        page,
        script: `/* This script holds:\n\n${licences(kept)}\n*/\n${text(".js")}`,
        style: text(".css"),
    };
}

// Adjacent literals: compilers limit the length of one.
function literal(text) {
    const pieces = text.match(/[^]{1,15000}/g) ?? [""];
    return pieces.map((piece) => `R"bundle(${piece})bundle"`).join("\n           ");
}

const bundles = await Promise.all(pages.map(bundle));
mkdirSync(folder, { recursive: true });
let source = '#include "web/bundles.h"\n\nnamespace bfr {\n';
for (const { page, script, style } of bundles) {
    for (const forbidden of ["</script", "<!--", "</style", ")bundle\""])
        if ((script + style).toLowerCase().includes(forbidden)) throw new Error(`${page}: holds ${forbidden}`);
    writeFileSync(join(folder, `${page}.js`), script);
    writeFileSync(join(folder, `${page}.css`), style);
    source += `\nBundle ${page}_bundle() {\n    return {${literal(script)},\n           ${literal(style)}};\n}\n`;
}
const file = join(folder, "bundles.cpp");
source += "\n}  // namespace bfr\n";
if (!existsSync(file) || readFileSync(file, "utf8") !== source) writeFileSync(file, source);
