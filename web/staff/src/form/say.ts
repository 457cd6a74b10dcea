import { useI18n } from 'vue-i18n'

import { useNames } from '../names'
import { useWords } from '../words'
import { useFormContext } from './context'
import { grouped, type Say } from './values'

/** How values are worded here: names of officers, files and agencies, yes and no, amounts. */
export function useSay(): Say {
  const { t } = useI18n()
  const context = useFormContext()
  const words = useWords()
  const names = useNames()
  return {
    and: t('app.and'),
    bool: (value) => t(value ? 'form.yes' : 'form.no'),
    money: (value) => t('form.yuan', { amount: grouped(value) }),
    name: (id) =>
      [...context.officers.value, ...(context.colleagues?.value ?? [])].find((o) => o.id === id)?.name ?? context.evidence.value.find((e) => e.id === id)?.name ?? context.papers?.value.find((p) => p.id === id)?.name ?? (names.of(id) || t('form.unknown')),
    agency: (id) => words.agency(id),
  }
}
