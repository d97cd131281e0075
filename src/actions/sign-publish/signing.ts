/** The key that signs is opened as manage-repository does. */
export { openSigningKey } from '../signing-key.ts';
