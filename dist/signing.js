import { UserError, messageOf } from "./frame.js";
import { readFile } from "node:fs/promises";

// src/signing/keyring.ts
async function mergeKeyring(file, needed, signer) {
	const others = [...needed].filter((fingerprint) => fingerprint !== signer.key.fingerprint);
	const current = others.length === 0 ? void 0 : await readFile(file).catch(() => void 0);
	if (current === void 0) return signer.publicKey;
	const openpgp = await import("./lazy-openpgp.js");
	const kept = (await openpgp.readKeys({ binaryKeys: current })).filter((key) => others.includes(key.getFingerprint().toUpperCase()));
	const binary = Buffer.concat([signer.publicKey.binary, ...kept.map((key) => key.write())]);
	return {
		armored: openpgp.armor(openpgp.enums.armor.publicKey, binary).replaceAll("\r\n", "\n"),
		binary
	};
}

// src/signing/key-check.ts
const WHERE$2 = "the signing key";
const MIN_RSA_BITS = 2048;
const CURVES = /* @__PURE__ */ new Set([
	"ed25519Legacy",
	"nistP256",
	"nistP384",
	"nistP521"
]);
function algorithmName(packet) {
	const { algorithm, bits, curve } = packet.getAlgorithmInfo();
	if (algorithm.startsWith("rsa")) return `RSA ${bits}`;
	if (curve === "ed25519Legacy") return "Ed25519";
	return [algorithm.toUpperCase(), curve ?? bits].filter((part) => part !== void 0).join(" ");
}
async function chooseSigningKey(openpgp, key, now) {
	const lenient = {
		...openpgp.config,
		minRSABits: 0,
		rejectHashAlgorithms: /* @__PURE__ */ new Set(),
		rejectPublicKeyAlgorithms: /* @__PURE__ */ new Set(),
		rejectCurves: /* @__PURE__ */ new Set(),
		allowMissingKeyFlags: true
	};
	const fingerprint = key.getFingerprint().toUpperCase();
	const refuse = (what, found, remedy) => new UserError({
		what,
		where: `${WHERE$2} ${fingerprint}`,
		...found === void 0 ? {} : { found },
		...remedy === void 0 ? {} : { remedy }
	});
	if (key.keyPacket.version !== 4) throw refuse("a key of a version that gpgv cannot use", `version ${key.keyPacket.version}`, "make a key with gpg");
	if (await key.isRevoked(void 0, void 0, now, lenient)) throw refuse("the key is revoked", void 0, "use another key");
	if (key.getCreationTime() > now) throw refuse("the key was made in the future", key.getCreationTime().toISOString(), "set this machine's clock");
	const primaryExpires = expiry(await key.getExpirationTime(void 0, lenient));
	if (primaryExpires !== void 0 && primaryExpires <= now) throw expired(refuse, "the key", primaryExpires);
	checkAlgorithm(key.keyPacket, "the primary key", refuse);
	const primary = await key.getPrimaryUser(now, void 0, lenient).catch((error) => {
		throw refuse("the key has no valid user id", error.message);
	});
	checkDigest(openpgp, primary.selfCertification, "the key's self-signature", refuse);
	const reasons = [];
	const subkeys = key.subkeys.slice().sort((a, b) => b.getCreationTime().getTime() - a.getCreationTime().getTime());
	for (const subkey of subkeys) {
		const packet = subkey.keyPacket;
		const name = `the subkey ${subkey.getFingerprint().toUpperCase()}`;
		const latest = newest(subkey.bindingSignatures);
		if (latest === void 0 || !canSign(openpgp, latest)) continue;
		try {
			if (subkey.revocationSignatures.length > 0) throw refuse(`${name} is revoked`);
			const expires = earlier(expiry(await subkey.getExpirationTime(void 0, lenient)), primaryExpires);
			if (expires !== void 0 && expires <= now) throw expired(refuse, name, expires);
			if (subkey.getCreationTime() > now) throw refuse(`${name} was made in the future`);
			const binding = await subkey.verify(now, lenient).catch((error) => {
				throw refuse(`${name} is not bound to the key`, error.message);
			});
			if (!binding.embeddedSignature) throw refuse(`${name} does not sign back to the key`);
			checkAlgorithm(packet, name, refuse);
			checkDigest(openpgp, binding, `the binding of ${name}`, refuse);
			if (packet.isMissingSecretKeyMaterial()) throw refuse(`the secret part of ${name} is missing`);
			return {
				packet,
				expires
			};
		} catch (error) {
			if (!(error instanceof UserError)) throw error;
			reasons.push(error);
		}
	}
	if (canSign(openpgp, primary.selfCertification)) {
		const packet = key.keyPacket;
		if (!packet.isMissingSecretKeyMaterial()) return {
			packet,
			expires: primaryExpires
		};
		reasons.push(refuse("the secret part of the key is missing", "a stub (a key in hardware, or an offline primary key)"));
	}
	throw reasons[0] ?? refuse("the key cannot sign", "no (sub)key with the signing capability", "add one: gpg --quick-add-key FPR rsa4096 sign");
}
function expired(refuse, name, when) {
	return refuse(`${name} has expired`, `expired on ${when.toISOString().slice(0, 10)}`, "extend it (gpg --quick-set-expire) and give the key again, or use another");
}
function checkAlgorithm(packet, name, refuse) {
	const { algorithm, bits, curve } = packet.getAlgorithmInfo();
	const found = algorithmName(packet);
	if (algorithm === "rsaEncryptSign" || algorithm === "rsaSign") {
		if ((bits ?? 0) >= MIN_RSA_BITS) return;
		throw refuse(`${name} is too weak`, found, `use RSA of ${MIN_RSA_BITS} bits or more, or Ed25519`);
	}
	if ((algorithm === "eddsaLegacy" || algorithm === "ecdsa") && curve !== void 0 && CURVES.has(curve)) return;
	throw refuse(`${name} has an algorithm that clients refuse`, found, "use RSA of 2048 bits or more, or Ed25519 (v4)");
}
function checkDigest(openpgp, signature, name, refuse) {
	const { hash } = openpgp.enums;
	const found = {
		[hash.md5]: "MD5",
		[hash.sha1]: "SHA-1",
		[hash.ripemd]: "RIPEMD-160"
	}[signature.hashAlgorithm ?? -1];
	if (found === void 0) return;
	throw refuse(`${name} uses a digest that newer systems refuse`, found, "sign the key anew: gpg --cert-digest-algo SHA512 --quick-set-expire FPR 2y, and the same for its subkeys");
}
function canSign(openpgp, signature) {
	const flags = signature.keyFlags?.[0];
	return flags === void 0 || (flags & openpgp.enums.keyFlags.signData) !== 0;
}
function newest(signatures) {
	return signatures.reduce((best, each) => best === void 0 || (each.created ?? 0) >= (best.created ?? 0) ? each : best, void 0);
}
function expiry(time) {
	return time instanceof Date ? time : void 0;
}
function earlier(a, b) {
	if (a === void 0 || b === void 0) return a ?? b;
	return a < b ? a : b;
}

// src/signing/key-text.ts
const WHERE$1 = "the signing key";
const BLOCK = /-----BEGIN PGP ([A-Z ]+)-----\r?\n[\s\S]*?-----END PGP \1-----/g;
function readKeyText(text) {
	const trimmed = text.trim();
	if (trimmed.includes("-----BEGIN PGP ")) return armored(trimmed);
	const bytes = fromBase64(trimmed);
	if (bytes === void 0) throw new UserError({
		what: "not an OpenPGP private key",
		where: WHERE$1,
		found: trimmed === "" ? "nothing" : `${trimmed.length} characters that are neither armor nor base64`,
		expected: "what gpg --armor --export-secret-keys prints, as it is or in base64"
	});
	const inner = bytes.toString("latin1");
	return inner.includes("-----BEGIN PGP ") ? armored(inner.trim()) : {
		kind: "binary",
		bytes
	};
}
function armored(text) {
	const blocks = [...(text.includes("\n") ? text : text.replaceAll("\\r", "").replaceAll("\\n", "\n")).matchAll(BLOCK)].map(([block, type]) => ({
		block,
		type
	}));
	const keys = blocks.filter(({ type }) => type === "PRIVATE KEY BLOCK").map(({ block }) => block);
	if (keys.length > 0) return {
		kind: "armored",
		blocks: keys
	};
	if (blocks.some(({ type }) => type === "PUBLIC KEY BLOCK")) throw new UserError({
		what: "a public key was given, which cannot sign",
		where: WHERE$1,
		expected: "what gpg --armor --export-secret-keys prints"
	});
	throw new UserError({
		what: "the armor of the key is damaged",
		where: WHERE$1,
		found: blocks.length > 0 ? `a block of the type ${blocks[0]?.type}` : "a first line without its lines or its end",
		expected: "all lines of the armor, each on a line of its own, or the armor in base64"
	});
}
function fromBase64(text) {
	const compact = text.replace(/\s/g, "");
	if (compact.length < 64 || compact.length % 4 === 1 || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return void 0;
	return Buffer.from(compact, "base64");
}

// src/signing/signer.ts
function describeKey(key) {
	const expires = key.expires === void 0 ? "never expires" : `expires ${key.expires.toISOString().slice(0, 10)}`;
	return `${key.userId}, ${key.algorithm}, ${expires}, fingerprint ${key.fingerprint}`;
}
function normalFingerprint(text) {
	const digits = text.replace(/\s/g, "").replace(/^0x/i, "").toUpperCase();
	return /^[0-9A-F]{40}$/.test(digits) ? digits : void 0;
}

// src/signing/openpgp.ts
const WHERE = "the signing key";
const DAY = 864e5;
const WARN_DAYS = 30;
async function openSigner(options) {
	const openpgp = await import("./lazy-openpgp.js");
	const now = options.now ?? (() => /* @__PURE__ */ new Date());
	const key = await readKey(openpgp, options);
	const { packet, expires } = await chooseSigningKey(openpgp, key, now());
	if (packet.isDecrypted() !== true) {
		if (options.passphrase === void 0) throw new UserError({
			what: "the key is protected by a passphrase and none was given",
			where: `${WHERE} ${fingerprintOf(key)}`,
			remedy: "give the input signing-key-passphrase"
		});
		try {
			await packet.decrypt(options.passphrase.reveal());
		} catch (error) {
			throw new UserError({
				what: "the passphrase does not open the key",
				where: `${WHERE} ${fingerprintOf(key)}`,
				.../incorrect key passphrase/i.test(messageOf(error)) ? {} : { found: "a protection that cannot be undone" }
			});
		}
	}
	try {
		await packet.validate();
	} catch {
		throw new UserError({
			what: "the secret part does not fit the public one",
			where: `${WHERE} ${fingerprintOf(key)}`
		});
	}
	return new OpenPgpSigner(openpgp, key, packet, expires, now);
}
var OpenPgpSigner = class {
	key;
	publicKey;
	warnings;
	#openpgp;
	#private;
	#now;
	#keyId;
	constructor(openpgp, key, packet, expires, now) {
		this.#openpgp = openpgp;
		this.#private = key;
		this.#now = now;
		this.#keyId = packet.getKeyID();
		const published = key.toPublic();
		this.publicKey = {
			armored: unixLines(published.armor()),
			binary: published.write()
		};
		this.key = {
			fingerprint: fingerprintOf(key),
			signingFingerprint: packet.getFingerprint().toUpperCase(),
			userId: key.getUserIDs()[0] ?? "no user id",
			algorithm: algorithmName(packet),
			expires
		};
		const days = expires === void 0 ? Number.POSITIVE_INFINITY : (expires.getTime() - now().getTime()) / DAY;
		this.warnings = days < WARN_DAYS ? [`the signing key ${this.key.fingerprint} expires on ${expires?.toISOString().slice(0, 10)}, in ${Math.floor(days)} days: clients will refuse the repository from then on`] : [];
	}
	async clearsign(text) {
		const message = await this.#openpgp.createCleartextMessage({ text });
		return unixLines(await this.#openpgp.sign({
			message,
			...this.#options()
		}));
	}
	async detach(data) {
		const message = await this.#openpgp.createMessage({ binary: data });
		const armored = await this.#openpgp.sign({
			message,
			...this.#options(),
			detached: true,
			format: "armored"
		});
		const signature = await this.#openpgp.readSignature({ armoredSignature: armored });
		return {
			armored: unixLines(armored),
			binary: signature.write()
		};
	}
	#options() {
		return {
			signingKeys: this.#private,
			signingKeyIDs: this.#keyId,
			date: this.#now(),
			config: { preferredHashAlgorithm: this.#openpgp.enums.hash.sha512 }
		};
	}
};
async function readKey(openpgp, options) {
	const text = readKeyText(options.key.reveal());
	let keys;
	try {
		keys = text.kind === "binary" ? await openpgp.readPrivateKeys({ binaryKeys: text.bytes }) : (await Promise.all(text.blocks.map((armoredKeys) => openpgp.readPrivateKeys({ armoredKeys })))).flat();
	} catch (error) {
		const isPublic = text.kind === "binary" && await openpgp.readKeys({ binaryKeys: text.bytes }).then((found) => found.length > 0, () => false);
		throw new UserError(isPublic ? {
			what: "a public key was given, which cannot sign",
			where: WHERE,
			expected: "a private key"
		} : {
			what: "the private key cannot be read",
			where: WHERE,
			found: /v6|version 6|unsupported/i.test(messageOf(error)) ? "a kind of key that is not supported" : "damaged data",
			expected: "what gpg --armor --export-secret-keys prints"
		});
	}
	const found = `${keys.length} keys: ${keys.map(fingerprintOf).join(", ")}`;
	if (options.fingerprint === void 0) {
		const [key] = keys;
		if (key !== void 0 && keys.length === 1) return key;
		throw new UserError({
			what: "not exactly one private key was given",
			where: WHERE,
			found,
			remedy: "name the one to use by its fingerprint (signing-key-fingerprint), or export only that one"
		});
	}
	const wanted = normalFingerprint(options.fingerprint);
	if (wanted === void 0) throw new UserError({
		what: "not a fingerprint",
		where: "the fingerprint of the signing key",
		expected: "40 hexadecimal digits, as gpg --fingerprint prints them"
	});
	const key = keys.find((each) => fingerprintOf(each) === wanted);
	if (key !== void 0) return key;
	throw new UserError({
		what: "another key than the expected one was given",
		where: WHERE,
		found,
		expected: wanted
	});
}
function fingerprintOf(key) {
	return key.getFingerprint().toUpperCase();
}
function unixLines(text) {
	return text.replaceAll("\r\n", "\n");
}

export { describeKey, mergeKeyring, openSigner };
