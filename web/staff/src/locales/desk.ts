// The words of the desk: boxes, absence, news, supervision, plans of acts.
export default {
  desk: {
    urgedOf: '催办', standsFor: '代{name}', own: '自定:{day}', ownTitle: '给自己定的日期,不改变期限,别人看不到', setOwn: '自定日期',
    held: { suspended: '已挂起', incident: '流程异常' }, heldWhy: { suspended: '{at} 挂起:{reason}。恢复以前不能办结,可以先填写;期限照算。', incident: '系统自动办的事没有办成,排除以前不能办结,可以先填写;期限照算。' },
    cc: { read: '已读', unread: '未读', by: '{name} 于 {at} 抄送', followed: '{at} 起关注', noNote: '(无附言)' },
    when: '时间', note: '附言', lights: '灯的含义', lightStatutory: '实心圆:法定期限', lightInternal: '空心圆:机构内部期限', lightOwn: '方形:自己定的日期',
    process: '流程', anyProcess: '全部流程', due: '期限', nobodyToUrge: '所选案件没有由他人办理的在办任务,不需要催办。', anyDue: '全部期限', due_: { over: '已超期', today: '今天到期', week: '七天内到期' }, figures: '缓急', figure: { over: '已超期', today: '今天到期', week: '七天内', unread: '未读', alerts: '预警' }, share: '本机构同事可见', keepTitle: '收藏此查找', keepName: '名称', keep: '收藏', kept: '已收藏“{name}”',
    shared: '{name}({owner}共享)', bulk: '对所选 {n} 项', chooseAll: '全选本页', claim: '签收', hand: '转办', urge: '催办', complete: '批量办结', markRead: '标为已读', markUnread: '标为未读',
    bulkTitle: '{act} {n} 项', reason: '理由', to: '受转人', run: '确定{act}', preview: '先预演', result: '结果', trial: '预演(还没有办)', trialSummary: '可以办 {good} 项,不能办 {bad} 项', good: '已{act}', can: '可以{act}', would: '可以办结', next: '接下来:{tasks}', papers: '文书:{papers}', back: '返回', close: '关闭',
    effect: { hand: '每项任务连同草稿转到受转人名下,双方姓名和理由记入办理经过,并通知受转人;文书不变,各期限照算。', urge: '每项产生一条须答复的预警并通知经办人;环节、文书不变,各期限照算。', complete: '每项都用下面这一份内容办结,案件进入下一环节;各项制作什么文书、接下来由谁办,预演时逐项列出。' },
    different: '所选任务不是同一环节,不能用同一份内容办结。请只选同一环节的任务。', notBulk: '这一环节须逐件办理。', summary: '成功 {good} 项,未办 {bad} 项',
  },
  signing: {
    title: '会签', missing: '会签未完成:{why}', met: '会签已完成,经办人可以办结。', note: '说明(不同意的必填)', sign: '签署', done: '已签署意见', final: '签署后不能更改。', finalText: '签署后将立即发生下列后果,不能收回:', sure: '确认签署意见', will: '以“{opinion}”签署,记入办理经过;签署后不能更改、不能撤回。', choose: '请选择同意或者不同意', why: '不同意的,请写明理由',
    opinion: { agree: '同意', refuse: '不同意', turn: '待签', later: '未轮到' },
  },
  final: {
    title: '确认办结:{name}', text: '办结后将立即发生下列后果,不能收回:', told: '其后', toldAny: '可能的其后', next: '{role}:{name}', later: '编号取用后不再收回,文书送达后不能撤回;办结之后需要更改的,须依法另行作出。', back: '返回核对', sure: '确认办结',
  },
  absence: {
    title: '离岗与代理', mine: '与我有关', unit: '本单位', none: '没有登记离岗。出差、休假前点“登记离岗”,指定代理人。', add: '登记离岗', who: '离岗人', self: '本人', substitute: '代理人', begins: '起日', ends: '止日', scope: '范围', processes: '只限流程(不选为全部)', categories: '只限门类(不选为全部)',
    all: '全部任务', reason: '事由', plan: '看看代理人能办什么', planned: '今天名下的任务', nothing: '今天名下没有这一范围的任务;代理期内新签收的同样由代理人代办。', can: '可代办', save: '登记', saved: '已登记:{from} 至 {to} 由{name}代理', end: '提前结束', ended: '代理已结束',
    endSure: '结束后,{name}不再看到离岗人的任务。已经办理的仍然有效。', now: '代理中', coming: '未开始', over: '已结束', early: '提前结束', by: '{name} 登记',
    text: '代理期内,离岗人名下的任务也列在代理人的待办里(标明“代某某”),到期自行结束。代理人自己的岗位、执法证件和回避在办理时核对;经过和文书写明两人姓名。会签由代理人以本人名义代签,代理人本人也要会签的,一人只有一票。', more: '其余任务未列出。',
  },
  leaving: {
    title: '人员调离:转办全部任务', text: '调离、停职、长期离开的,把其名下未办结的任务一次转给同事。短期离开的,请登记离岗,由代理人办理。', link: '人员调离、停职的,转办其全部任务',
    about: { steps: '环节', papers: '文书', clocks: '期限' }, effect: { steps: '每项任务连同草稿转给所选人员中有这一岗位、分到最少的一人;他人委派其起草的,交回委派人。原经办人、受转人和理由记入各案的办理经过,并通知受转人。', papers: '已制作、已制发的文书不变。', clocks: '各期限照算,不停也不延。' },
    who: '离开的人', left: '{name}({state},名下未办结 {n} 项)', noPost: '岗位授权已终止', elsewhere: '已调往{agency}', open: '名下未办结 {n} 项。', openMore: '名下未办结 {n} 项以上。', to: '转给', reason: '转办理由', would: '可以转 {n} 项,不能转 {left} 项', done: '已转 {n} 项,未转 {left} 项', goes: '转给{name}', again: '一次至多转这些,其余请再办一次。', run: '确定转办',
  },
  news: {
    title: '通知', bell: '通知,{n} 条未读', none: '没有通知。转办、催办、退回、抄送和将到期的提醒会出现在这里。', all: '全部通知', readAll: '全部标为已读', unread: '未读', settings: '邮件通知', off: '本节点没有配置邮件服务器,通知只在网页上。可以先设置,配置后生效。', email: '邮箱', kinds: '哪些通知也发邮件', quiet: '非工作时间不发,到工作时间再发', save: '保存', saved: '已保存',
  },
  watch: {
    title: '督办总览', agencies: '{n} 个机构', quiet: '范围内没有超期、临近到期的期限,也没有未处理的预警。有了会自动列出,不必刷新。', unit: '机构', breached: '已超期', today: '今天到期', week: '七天内到期', critical: '严重预警', high: '高级预警', medium: '中级预警', info: '提示', alerts: '未处理预警', all: '全部机构',
    periods: '{what} · {where}', none: '没有这样的期限。', free: '待签收', mine: '我的待办', toUnit: '本单位待签收', chart: '各机构超期和临近到期的期限',
  },
  ledger: { decided: '应缴罚没款', surcharge: '应缴加处罚款', received: '已收', remaining: '未缴', to_refund: '多缴待退', refund_due: '已核准未退付', none: '没有记账。', reversed: '已红冲' },
  custody: {
    none: '本案没有在管财物。', paused: '停止计算', basis: { seized: '查封扣押', preserved: '登记保存', sampled: '抽样取证' },
    status: { seized: '已扣押', stored: '已入库', lent: '借出', returned: '已退还', handed_over: '已移交', destroyed: '已销毁', auctioned: '已拍卖', confiscated: '已没收' },
  },
  plan: {
    title: '这样做会', cancelled: '取消', opened: '重新打开', clocks: '结束的期限', superseded: '作废重做的文书', kept: '仍然有效的文书', revoked: '已撤销的文书', jobs: '不再执行的定时和系统环节', back: '办好后回到', nothing: '不影响其他环节、文书和期限。', asking: '正在预演…',
  },
}
