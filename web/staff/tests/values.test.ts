import { describe, expect, it } from 'vitest'

import type { FormField } from '../src/api/types'
import { daysUntil, fromWall, toWall } from '../src/dates'
import { grouped, shown, toSend, whole, type Say } from '../src/form/values'
import { light } from '../src/urgency'

const field = (element: string, type: FormField['type'], more: Partial<FormField> = {}): FormField => ({
  element, name: element, type, right: 'edit', required: false, visible: null, ...more,
})
const say: Say = { and: '、', bool: (v) => (v ? '是' : '否'), money: (v) => `${grouped(v)} 元`, name: (id) => `人${id}`, agency: (id) => `机构${id}` }

describe('what is sent', () => {
  const fields = [field('a', 'text'), field('b', 'text', { right: 'read' }), field('c', 'text'), field('rows', 'table', { columns: [field('x', 'text'), field('y', 'text')] })]

  it('leaves out what is hidden and what may only be read, and sends what was emptied as null', () => {
    const sent = toSend(fields, { a: '', b: 'fixed', c: 'hidden' }, new Set(['a', 'b']), new Set())
    expect(sent).toEqual({ a: null })
  })

  it('leaves out cells of tables that do not apply', () => {
    const sent = toSend(fields, { rows: [{ x: '1', y: '2' }, { x: '3', y: '' }] }, new Set(['rows']), new Set(['rows.0.y']))
    expect(sent).toEqual({ rows: [{ x: '1' }, { x: '3' }] })
  })

  it('keeps false and zero, which are answers', () => {
    expect(toSend([field('n', 'integer'), field('f', 'boolean')], { n: 0, f: false }, new Set(['n', 'f']), new Set())).toEqual({ n: 0, f: false })
  })

  it('sends whole numbers as numbers and leaves what is none for the server to refuse', () => {
    expect([whole('12'), whole(' '), whole('1.5'), whole('十')]).toEqual([12, null, '1.5', '十'])
  })
})

describe('what is shown', () => {
  it('words each type', () => {
    expect(shown(field('m', 'money'), '1234567.80', say)).toBe('1,234,567.80 元')
    expect(shown(field('m', 'boolean'), false, say)).toBe('否')
    expect(shown(field('m', 'code', { codes: [{ code: '1', name: '书证' }] }), '1', say)).toBe('书证')
    expect(shown(field('m', 'officers'), ['1', '2'], say)).toBe('人1、人2')
    expect(shown(field('m', 'integer', { unit: 'kg' }), 55000, say)).toBe('55000kg')
    expect(shown(field('m', 'datetime'), '2026-03-02T01:10:00Z', say)).toBe('2026-03-02 09:10')
    expect(shown(field('m', 'signature'), { name: '陈志强' }, say)).toBe('陈志强')
    expect(shown(field('m', 'text'), null, say)).toBe('')
  })
})

describe('time', () => {
  it('is that of China wherever the browser stands', () => {
    expect(toWall('2026-03-01T16:30:00Z')).toBe('2026-03-02T00:30:00')
    expect(new Date(fromWall('2026-03-02T00:30:00')).toISOString()).toBe('2026-03-01T16:30:00.000Z')
  })

  it('counts days by the calendar of China', () => {
    expect(daysUntil('2026-03-02T15:59:59Z', new Date('2026-03-01T16:00:00Z'))).toBe(0)
    expect(daysUntil('2026-03-02T16:00:00Z', new Date('2026-03-01T16:00:00Z'))).toBe(1)
  })

  it('lights what is near and what is over', () => {
    const now = new Date('2026-03-02T01:00:00Z')
    expect([light(null, now), light('2026-03-01T00:00:00Z', now), light('2026-03-05T10:00:00Z', now), light('2026-03-20T10:00:00Z', now)]).toEqual(['none', 'over', 'near', 'far'])
  })
})
