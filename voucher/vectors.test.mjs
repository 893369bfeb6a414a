// The test vectors once more, outside Go's own test: through the WebAssembly
// build, as a browser runs it, and through twenty lines of JavaScript that
// share no code with it (docs/voucher.md shows them).
//
//   node --test voucher/vectors.test.mjs
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createPublicKey, verify } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runInThisContext } from 'node:vm'

const here = import.meta.dirname
const vectors = JSON.parse(readFileSync(join(here, 'vectors.json'), 'utf8'))
const directory = JSON.stringify(vectors.directory)
const noon = Date.parse('2026-11-22T04:00:00Z')
const folder = mkdtempSync(join(tmpdir(), 'chepiao-wasm-'))

before(async () => {
  const wasm = join(folder, 'verify.wasm')
  execFileSync('go', ['build', '-ldflags=-s -w', '-trimpath', '-o', wasm, './wasm'],
    { cwd: here, env: { ...process.env, GOOS: 'js', GOARCH: 'wasm' }, stdio: 'inherit' })
  const root = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim()
  runInThisContext(readFileSync(join(root, 'lib/wasm/wasm_exec.js'), 'utf8'))
  const go = new globalThis.Go()
  const { instance } = await WebAssembly.instantiate(readFileSync(wasm), go.importObject)
  go.run(instance)
})

after(() => {
  rmSync(folder, { recursive: true })
  setImmediate(() => process.exit(process.exitCode ?? 0)) // Go's main never returns
})

const ask = (...args) => JSON.parse(globalThis.chepiaoVerify(...args))

test('WebAssembly says of every vector what Go says', () => {
  for (const c of vectors.cases) {
    // The function drops white space around a code, which Go's Verify does not.
    if (c.name === 'trailing space') continue
    const a = ask(c.code, directory, Date.parse(c.now), 'en')
    assert.deepEqual([a.valid, a.signed, a.reason, a.kid], [c.valid, c.signed, c.reason, c.kid ?? ''], c.name)
    assert.deepEqual(Object.fromEntries(a.lines.map((l) => [l.number, l.value])), c.claims ?? {}, c.name)
    assert.ok(a.message.length > 10 && a.lines.every((l) => l.name && l.sentence), c.name)
    assert.equal(a.directory.keys, vectors.directory.keys.length)
  }
})

test('WebAssembly speaks both languages, names stations, trims', () => {
  const c = vectors.cases.find((c) => c.name === 'valid sm2-sm3')
  const zh = ask(` ${c.code}\r\n`, directory, noon, 'zh', '{"1001":"石家庄"}')
  assert.equal(zh.valid, true)
  assert.match(zh.message, /凭证真实有效/)
  assert.equal(zh.lines.find((l) => l.number === '-65537.6').value, '1001 石家庄')
  const en = ask(c.code, directory, noon, 'en')
  assert.match(en.message, /genuine/)
  assert.equal(en.lines.find((l) => l.number === '-65537.6').value, '1001')
})

test('WebAssembly never throws', () => {
  const code = vectors.cases[0].code
  for (const [args, field] of [
    [[], 'code'], [[1], 'code'], [[code], 'directory'], [[code, null], 'directory'], [[code, directory], 'now'],
    [[code, directory, NaN], 'now'], [[code, directory, 1e300], 'now'], [[code, '{}', noon], 'directory'],
    [[code, directory, noon, 'en', '{"x":1}'], 'stations'],
  ]) {
    const a = ask(...args)
    assert.deepEqual([a.valid, a.reason, a.field, a.lines], [false, 'INVALID', field, []], JSON.stringify(args).slice(0, 80))
  }
  const altered = ask(code, directory.replace('"number":7', '"number":8'), noon, 'en')
  assert.deepEqual([altered.valid, altered.reason, altered.field, altered.directory], [false, 'TAMPERED', 'directory', null])
  assert.equal(ask(code, directory, noon, 'en').valid, true)
})

// --- twenty lines of JavaScript ---------------------------------------------

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'

function base45(text) {
  const bytes = []
  for (let i = 0; i < text.length; i += 3) {
    const n = [...text.slice(i, i + 3)].reduceRight((sum, c) => sum * 45 + alphabet.indexOf(c), 0)
    bytes.push(...(i + 2 < text.length ? [n >> 8, n & 255] : [n]))
  }
  return Buffer.from(bytes)
}

// A voucher always has this shape: 84, protected headers of fewer than 24
// bytes (key id last), a0, payload of 24 to 255 bytes, signature of 64.
function checkByHand(code, keys) {
  const b = base45(code.slice(4))
  const protectedEnd = 2 + (b[1] & 31)
  const payloadEnd = protectedEnd + 3 + b[protectedEnd + 2]
  const head = Buffer.concat([Buffer.from([0x84, 0x6a]), Buffer.from('Signature1')])
  const signed = Buffer.concat([head, b.subarray(1, protectedEnd), Buffer.from([0x40]), b.subarray(protectedEnd + 1, payloadEnd)])
  const key = keys[b.subarray(protectedEnd - 4, protectedEnd).toString('hex')]
  const [hash, curve] = { 'ed25519-sha256': [null, null], 'es256-sha256': ['sha256', 'P-256'] }[key.suite]
  const point = Buffer.from(key.public, 'base64')
  const jwk = curve
    ? { kty: 'EC', crv: curve, x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') }
    : { kty: 'OKP', crv: 'Ed25519', x: point.toString('base64url') }
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' })
  return verify(hash, signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, b.subarray(-64))
}

test('foreign code agrees about signatures', () => {
  const keys = Object.fromEntries(vectors.directory.keys.map((k) => [k.kid, k]))
  let good = 0
  let wrong = 0
  for (const c of vectors.cases) {
    // SM2 is not in JWK; a confused algorithm or an unknown key is the reader's business.
    if (!c.kid || !keys[c.kid] || keys[c.kid].suite === 'sm2-sm3' || /confusion|UNKNOWN_KEY/.test(c.name + c.reason)) continue
    assert.equal(checkByHand(c.code, keys), c.signed, c.name)
    c.signed ? good++ : wrong++
  }
  assert.ok(good >= 12 && wrong >= 12, `${good} good, ${wrong} wrong`)
})
