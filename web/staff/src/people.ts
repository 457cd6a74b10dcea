// People in a plain list to choose from: each with where he works and, who needs one, whether his certificate holds.
import { useI18n } from 'vue-i18n'

import type { Officer } from './api/types'
import { useSession } from './session'

export function usePeople() {
  const { t } = useI18n()
  const session = useSession()
  /** Name, unit, certificate; who holds none and needs none is not told to lack it. */
  const line = (one: Officer): string =>
    [one.name, one.agency, one.certificate_no ? t(`form.certificate.${one.certificate}`) : ''].filter(Boolean).join(' · ')
  /** Each once and without oneself: what is given to somebody goes to somebody else. */
  const others = (people: Officer[]): Officer[] => [...new Map(people.map((one) => [one.id, one])).values()].filter((one) => one.id !== session.me?.id)
  return { line, others }
}
