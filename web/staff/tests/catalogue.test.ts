import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import zh from '../src/locales/zh-CN'

const SRC = join(__dirname, '..', 'src')
const files = readdirSync(SRC, { recursive: true, encoding: 'utf-8' }).filter((f) => /\.(vue|ts)$/.test(f) && !f.includes('locales') && !f.endsWith('schema.d.ts'))
const keys = (tree: object, at = ''): string[] =>
  Object.entries(tree).flatMap(([key, value]) => (typeof value === 'string' ? [`${at}${key}`] : keys(value as object, `${at}${key}.`)))

describe('the catalogue', () => {
  it('holds every word that is shown: no Chinese stands in the code', () => {
    const found = files.filter((file) => /[\u3400-\u9fff]/.test(readFileSync(join(SRC, file), 'utf-8')))
    expect(found).toEqual([])
  })

  it('has every key that the code names', () => {
    const known = new Set(keys(zh))
    const asked = files.flatMap((file) => [...readFileSync(join(SRC, file), 'utf-8').matchAll(/(?:\$t|\bt)\(\s*'([\w.]+)'/g)].map((m) => m[1]!))
    expect(asked.filter((key) => !known.has(key))).toEqual([])
    expect(asked.length).toBeGreaterThan(100)
  })

  it('says nothing that nobody asks for', () => {
    const text = files.map((file) => readFileSync(join(SRC, file), 'utf-8')).join('\n')
    // Keys composed at run time name their family: `inbox.box.${…}`.
    const families = [...text.matchAll(/`([\w.]+)\.\$\{/g)].map((m) => `${m[1]!}.`)
    const unused = keys(zh).filter((key) => !text.includes(`'${key}'`) && !families.some((family) => key.startsWith(family)))
    expect(unused).toEqual([])
  })
})
