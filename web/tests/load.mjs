// A module of src/, bundled: what the pages' scripts compute, without a browser.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export async function load(path) {
    const { outputFiles } = await build({
        entryPoints: [join(dirname(fileURLToPath(import.meta.url)), "../src", path)], bundle: true, format: "esm", write: false,
    });
    return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}
