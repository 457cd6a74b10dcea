// The discretion beside the amount: what the rulebook found and why.
import type { ComposerTranslation } from 'vue-i18n'

import type { Task } from '../api/types'
import { grouped } from '../form/values'

/** One sentence after the other, in the order in which a reviewer asks: how much, within what, which tier, why, by which article. */
export function explained(found: NonNullable<Task['discretion']>, t: ComposerTranslation): string {
  return [
    found.suggested ? t('discretion.suggested', { amount: grouped(found.suggested) }) : '',
    found.min && found.max ? t('discretion.range', { min: grouped(found.min), max: grouped(found.max) }) : '',
    found.tier ? t('discretion.tier', { tier: found.tier }) : '',
    (found.reason ?? '').replace(/[。;;]+$/, ''),
    found.basis ? t('discretion.basis', { basis: found.basis }) : '',
  ].filter(Boolean).join(t('problem.stop'))
}
