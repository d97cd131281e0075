import { openSigner } from "./signing.js";

export { openSigner };
