import { runMain } from "./frame.js";
import { action$7 as action } from "./inputs.js";
import { run } from "./action-build-mock.js";

// src/actions/build-mock/main.ts
await runMain(action, run);

export {  };
