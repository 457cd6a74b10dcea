import { expect, it } from 'vitest'

import type { Task } from '../src/api/types'
import { explained } from '../src/case/explained'
import { i18n } from '../src/i18n'

const found = (more: object): NonNullable<Task['discretion']> =>
  ({ field: 'penalty_amount', suggested: null, min: null, max: null, tier: null, reason: null, basis: null, ...more }) as NonNullable<Task['discretion']>
const t = i18n.global.t as unknown as Parameters<typeof explained>[1]

it('tells how much, within what, which tier, why and by which article, in this order', () => {
  const said = explained(found({ suggested: '3000.00', min: '0.00', max: '30000.00', tier: '一般', reason: '超限率 12.2%;', basis: '《公路安全保护条例》第六十四条' }), t)
  expect(said).toBe('建议 3,000.00 元。幅度 0.00—30,000.00 元。阶次:一般。超限率 12.2%。依据:《公路安全保护条例》第六十四条')
})

it('says nothing of what the rulebook does not know', () => {
  expect(explained(found({ reason: '须人工裁量。' }), t)).toBe('须人工裁量')
  expect(explained(found({ suggested: '500.00', min: '200.00' }), t)).toBe('建议 500.00 元')
})
