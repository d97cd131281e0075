import { runMain } from "./frame.js";
import { action$8 as action } from "./inputs.js";
import { run$2 as run } from "./action-pipeline.js";

// src/actions/update-buildroots/main.ts
await runMain(action, run);

export {  };
