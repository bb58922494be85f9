//! Key pairs of `node:crypto` in rooms. Keys, signatures and the rest of `node_keys.json` are Node.js's.

use serde_json::{Value, json};

use crate::harness::{Project, ROOM};

const KEYS: &str = include_str!("node_keys.json");

/// What a room answers; `body` is the inside of an asynchronous function that knows `crypto`, `keys`
/// and `data`, which the signatures of the file are of.
fn answer(body: &str) -> Value {
    let source = format!(
        "import * as crypto from 'node:crypto'; import keys from './keys.json';
         const data = Buffer.from('hello'); const hex = (text) => Buffer.from(text, 'hex');
         const failure = (call) => {{ try {{ call(); return 'worked'; }} catch (error) {{ return error.code; }} }};
         export default class {{ async onRequest() {{ return Response.json(await (async () => {{ {body} }})()); }} }}"
    );
    let project = Project::inline(&source).file("keys.json", KEYS);
    project.dev().json(ROOM)
}

/// Row 213. RSASSA-PKCS1-v1_5 and Ed25519 leave no choice: the signatures are those of Node.js.
#[test]
fn signatures_are_those_of_node() {
    let value = answer(
        "const sign = crypto.createSign('RSA-SHA256'); sign.update('hel'); sign.write('lo'); sign.end();
         return [sign.sign(keys.rsa, 'hex') === keys.signed.rs256, crypto.sign('sha256', data, { key: keys.jwk.rsa, format: 'jwk' }).toString('hex') === keys.signed.rs256,
           crypto.sign(null, data, keys.ed).toString('hex') === keys.signed.ed]",
    );
    assert_eq!(value, json!([true, true, true]));
}

/// Row 213.
#[test]
fn signatures_of_node_are_verified_and_forged_ones_refused() {
    let value = answer(
        "const { constants } = crypto; const pss = { key: keys.rsaPublic, padding: constants.RSA_PKCS1_PSS_PADDING }; const raw = { key: keys.ecPublic, dsaEncoding: 'ieee-p1363' };
         const cases = [['sha256', keys.rsaPublic, keys.signed.rs256], ['sha256', keys.certificate, keys.signed.rs256], ['sha256', pss, keys.signed.ps256], ['sha256', { ...pss, saltLength: 20 }, keys.signed.ps256],
           ['SHA256', keys.ecPublic, keys.signed.es256], ['sha512', raw, keys.signed.es512raw], [null, keys.edPublic, keys.signed.ed], ['sha256', keys.secp521r1.publicKey, keys.secp521r1.signed]];
         const good = cases.map(([name, key, signature]) => crypto.verify(name, data, key, hex(signature)));
         const bad = cases.map(([name, key, signature]) => crypto.verify(name, Buffer.from('hellO'), key, hex(signature)) || crypto.verify(name, data, key, Buffer.alloc(9)));
         return [good.every(Boolean), bad.some(Boolean), crypto.verify('sha256', data, { ...pss, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }, hex(keys.signed.ps256)),
           crypto.createVerify('sha256').update('hello').verify(crypto.createPublicKey(keys.rsa), keys.signed.rs256, 'hex'), failure(() => crypto.createSign('nothing')), failure(() => crypto.sign('sha256', data, keys.rsaPublic))]",
    );
    assert_eq!(
        value,
        json!([
            true,
            false,
            false,
            true,
            "ERR_CRYPTO_INVALID_DIGEST",
            "ERR_OSSL_UNSUPPORTED"
        ])
    );
}

/// Row 213.
#[test]
fn keys_keep_themselves_in_every_form() {
    let value = answer(
        "const { createPrivateKey, createPublicKey } = crypto; const same = [];
         for (const kind of ['rsa', 'ec', 'ed']) {
           const own = createPrivateKey(keys[kind]), open = createPublicKey(own); const old = kind === 'rsa' ? 'pkcs1' : kind === 'ec' ? 'sec1' : 'pkcs8';
           same.push(own.export({ type: 'pkcs8', format: 'pem' }) === createPrivateKey(own.export({ type: old, format: 'pem' })).export({ type: 'pkcs8', format: 'pem' }), open.export({ type: 'spki', format: 'pem' }) === keys[kind + 'Public'],
             createPrivateKey({ key: own.export({ type: old, format: 'der' }), type: old, format: 'der' }).equals(own), createPublicKey({ key: open.export({ type: 'spki', format: 'der' }), type: 'spki', format: 'der' }).equals(open),
             createPrivateKey({ key: keys.jwk[kind], format: 'jwk' }).equals(own), createPublicKey({ key: open.export({ format: 'jwk' }), format: 'jwk' }).equals(open), crypto.util === undefined && JSON.stringify(Object.entries(own.export({ format: 'jwk' })).sort()) === JSON.stringify(Object.entries(keys.jwk[kind]).sort()));
         }
         const key = createPrivateKey(keys.rsa), point = createPublicKey(keys.ecPublic);
         const web = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
         return [same.every(Boolean), key.type, key.asymmetricKeyType, key.asymmetricKeyDetails.modulusLength, key.asymmetricKeyDetails.publicExponent === 65537n, point.asymmetricKeyDetails, key.symmetricKeySize ?? null,
           crypto.KeyObject.from(web.publicKey).equals(createPublicKey(crypto.KeyObject.from(web.privateKey))), failure(() => createPrivateKey('nonsense')), failure(() => createPublicKey(point)), failure(() => createPrivateKey({ key: { kty: 'RSA', n: 'AA', e: 'AQAB', d: 'AA' }, format: 'jwk' }))]",
    );
    assert_eq!(
        value,
        json!([
            true, "private", "rsa", 2048, true, { "namedCurve": "prime256v1" }, null,
            true, "ERR_OSSL_UNSUPPORTED", "ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE", "ERR_CRYPTO_INVALID_JWK"
        ])
    );
}

/// Row 213.
#[test]
fn new_key_pairs_sign_encrypt_and_agree() {
    let value = answer(
        "const { generateKeyPairSync, generateKeyPair, diffieHellman } = crypto; const log = [];
         const works = ({ publicKey, privateKey }, name) => crypto.verify(name, data, publicKey, crypto.sign(name, data, privateKey));
         log.push(works(generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'pkcs1', format: 'pem' }, privateKeyEncoding: { type: 'pkcs1', format: 'pem' } }), 'sha512'));
         for (const namedCurve of ['P-256', 'secp384r1', 'secp521r1', 'secp256k1']) log.push(works(generateKeyPairSync('ec', { namedCurve }), 'sha256'));
         log.push(works(await new Promise((done) => generateKeyPair('ed25519', {}, (_, publicKey, privateKey) => done({ publicKey, privateKey })))));
         const one = generateKeyPairSync('x25519'), other = generateKeyPairSync('x25519');
         log.push(diffieHellman({ privateKey: one.privateKey, publicKey: other.publicKey }).equals(diffieHellman({ privateKey: other.privateKey, publicKey: one.publicKey })));
         for (const curve of ['prime256v1', 'secp256k1']) { const a = crypto.createECDH(curve), b = crypto.createECDH(curve); a.generateKeys(); b.generateKeys(); log.push(a.computeSecret(b.getPublicKey(null, 'compressed')).equals(b.computeSecret(a.getPublicKey('hex'), 'hex'))); }
         const a = crypto.getDiffieHellman('modp14'), b = crypto.createDiffieHellman(a.getPrime(), a.getGenerator()); a.generateKeys(); b.generateKeys(); log.push(a.computeSecret(b.getPublicKey()).equals(b.computeSecret(a.getPublicKey())));
         for (const options of [{}, { oaepHash: 'sha512', oaepLabel: Buffer.from('label') }, { padding: crypto.constants.RSA_PKCS1_PADDING }]) log.push(crypto.privateDecrypt({ key: keys.rsa, ...options }, crypto.publicEncrypt({ key: keys.rsaPublic, ...options }, data)).equals(data));
         log.push(crypto.privateDecrypt({ key: keys.rsa, oaepHash: 'sha256' }, hex(keys.encrypted)).equals(data), crypto.publicDecrypt(keys.rsaPublic, crypto.privateEncrypt(keys.rsa, data)).equals(data));
         return [log.length, log.every(Boolean), failure(() => generateKeyPairSync('ec', { namedCurve: 'none' })), failure(() => crypto.publicEncrypt(keys.rsaPublic, Buffer.alloc(300))), failure(() => { const c = crypto.createECDH('prime256v1'); c.generateKeys(); c.computeSecret(Buffer.alloc(65, 4)); })]",
    );
    assert_eq!(
        value,
        json!([
            15,
            true,
            "ERR_CRYPTO_INVALID_CURVE",
            "ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE",
            "ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY"
        ])
    );
}

/// Row 213.
#[test]
fn certificates_say_who_they_are_of() {
    let value = answer(
        "const certificate = new crypto.X509Certificate(keys.certificate); const { subject, serialNumber, subjectAltName, fingerprint256, validFrom, validTo } = certificate;
         return [JSON.stringify([subject, serialNumber, subjectAltName, fingerprint256, validFrom, validTo]) === JSON.stringify(keys.said), certificate.verify(crypto.createPublicKey(keys.rsa)), certificate.checkPrivateKey(crypto.createPrivateKey(keys.rsa)),
           certificate.checkHost('example.com'), certificate.checkHost('example.org') ?? null, certificate.ca, failure(() => new crypto.X509Certificate('none'))]",
    );
    assert_eq!(value[0], json!(true));
    assert_eq!(
        value.as_array().map(|all| &all[1..6]),
        Some(
            &[
                json!(true),
                json!(true),
                json!("example.com"),
                json!(null),
                json!(true)
            ][..]
        )
    );
}

/// Row 213.
#[test]
fn jsonwebtoken_signs_and_verifies_with_key_pairs() {
    crate::harness::install_packages("npm-node");
    let source = "import jwt from 'jsonwebtoken'; import keys from './keys.json'; import { promisify } from 'util';
         export default class { async onRequest() { const log = []; const attempt = async (call) => { try { return await call(); } catch (error) { return error.message; } };
           for (const [algorithm, key, open] of [['RS256', keys.rsa, keys.rsaPublic], ['RS512', keys.rsa, keys.certificate], ['ES256', keys.ec, keys.ecPublic], ['HS256', 'word', 'word']]) {
             const token = jwt.sign({ a: 1 }, key, { algorithm, noTimestamp: true }); log.push(await attempt(() => jwt.verify(token, open, { algorithms: [algorithm] }).a), await attempt(() => jwt.verify(token.slice(0, -8) + 'AAAAAAAA', open))); }
           const late = await promisify(jwt.sign)({ a: 2 }, keys.rsa, { algorithm: 'RS256' }); const asked = await new Promise((done) => jwt.verify(late, (_, give) => give(null, keys.rsaPublic), (error, said) => done(error?.message ?? said.a)));
           return Response.json([log, jwt.sign({ a: 1 }, keys.rsa, { algorithm: 'RS256', noTimestamp: true }) === keys.token, asked, await attempt(() => jwt.verify(keys.token, keys.ecPublic))]); } }";
    let project = Project::inline(source).packages("npm-node");
    let value = project.file("keys.json", KEYS).dev().json(ROOM);
    let bad = "invalid signature";
    assert_eq!(
        value,
        json!([
            [1, bad, 1, bad, 1, bad, 1, bad],
            true,
            2,
            "invalid algorithm"
        ])
    );
}
