import { runMain } from "./frame.js";
import { action$9 as action } from "./inputs.js";
import { run } from "./action-build-sbuild.js";

// src/actions/build-sbuild/main.ts
await runMain(action, run);

export {  };
