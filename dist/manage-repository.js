import { runMain } from "./frame.js";
import { action$3 as action } from "./inputs.js";
import { run } from "./action-manage-repository.js";

// src/actions/manage-repository/main.ts
await runMain(action, run);

export {  };
