import { runMain } from "./frame.js";
import { action$5 as action } from "./inputs.js";
import { run$1 as run } from "./action-pipeline.js";

// src/actions/sign-publish/main.ts
await runMain(action, run);

export {  };
