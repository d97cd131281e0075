import { runMain } from "./frame.js";
import { action$10 as action } from "./inputs.js";
import { run$3 as run } from "./action-pipeline.js";

// src/actions/prepare-sources/main.ts
await runMain(action, run);

export {  };
