// A citation of the law base (`law#44`) as people write it.
import { useI18n } from 'vue-i18n'

export function useArticle(): (citation: string) => string {
  const { t } = useI18n()
  return (citation) => {
    const [law, no] = citation.split('#')
    return law && no ? t('law.cited', { law, no }) : citation
  }
}
