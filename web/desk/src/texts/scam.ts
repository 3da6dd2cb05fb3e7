/** Scam panel and evidence pack. */
export const scamTexts = {
  scam: {
    clock: { transfer: "距转账已过", help: "距求助已过" },
    clockMinutes: (what: string, minutes: number) => `${what} ${minutes < 60 ? "" : `${Math.floor(minutes / 60)} 小时 `}${minutes % 60} 分钟`,
    clockDays: (what: string, days: number) => `${what} ${days} 天以上`,
    riskControl: "风控处置",
    riskStates: {
      requested: "已请求，还没有答复", held: "已确认暂停", refused: "被拒绝", unknown: "结果不明，请人工核实", failed: "没有送达，请打电话", not_configured: "没有接入，请打电话",
    } as Readonly<Record<string, string>>,
    riskReference: (reference: string) => `编号 ${reference}`,
    next: "建议接着问",
    insert: "插入",
    insertOf: (question: string) => `把“${question}”插入回复`,
    missing: "还缺（请问清）",
    checklist: "客户的步骤清单",
    done: (done: number, all: number) => `已完成 ${done}/${all}`,
    doneAt: (time: string) => `${time} 已做`,
    notDone: "未做",
    alert: "出现新的紧急线索",
    alertShow: "看这条消息",
    alertDone: "知道了",
    types: {
      cancel_campus_loan: "注销校园贷", credit_regulator_impersonation: "冒充监管或征信", fake_loan_fee: "放款前收费", fake_app_phishing: "仿冒 App 或短信",
      fake_platform_cs: "冒充平台客服", screen_share_remote: "共享屏幕或远程控制", million_guarantee: "百万保障", credit_repair: "征信修复", agency_rights: "代理维权",
      ab_loan: "AB 贷", debt_carrier: "职业背债", cash_out: "套现", money_mule: "跑分或出租账户", fake_collection: "假催收", p2p_clearance: "P2P 清退",
      recovery_scam: "追款二次诈骗", otp_faceid: "验证码或刷脸被套", new_techniques: "新手法",
      brushing_rebate: "刷单返利", fake_investment: "虚假投资理财", fake_shopping_service: "虚假购物服务", fake_logistics_cs: "冒充电商物流客服", fake_loan: "虚假贷款",
      fake_credit: "虚假征信", impersonate_acquaintance: "冒充领导熟人", impersonate_authority: "冒充公检法或监管", romance: "网络婚恋交友", game_trade: "游戏交易",
      military_purchase: "冒充军警购物", cyber_extortion: "裸聊、网络敲诈",
    } as Readonly<Record<string, string>>,
    // The states of texts/triage.yml, for cues that have opened no case.
    states: {
      in_progress: "正在通话、会议或被远程控制", threatened: "被威胁、勒索", about_to_pay: "正要转账", loan_untouched: "贷款未放款，或到账未转出", paid: "24 小时内已经转出",
      paid_earlier: "转出超过 24 小时", someone_else: "家人或朋友正在被骗", information_given: "给出了信息", loan_in_my_name: "被冒名贷款", account_lent: "卡或账户给了别人用",
      contacted: "正被联系，还没有损失", asking: "拿不准是不是诈骗", education: "只是了解防骗知识", nothing: "客户说没有被骗",
    } as Readonly<Record<string, string>>,
    // What the bot noticed, as in data/lexicon/cues.yml.
    labels: {
      loss: "说受了损失", paid: "已经付款", vanished: "对方失联", absconded: "平台跑路", found_out: "发现被骗", scammer: "提到骗子", remote_active: "正被远程控制", on_the_line: "正在通话",
      now: "正在发生", about_to_pay: "正要付款", loan_untouched: "贷款还没动", loan_for_them: "替人借款", ransom: "被勒索", instructed: "被指使", approached: "被联系", gave_secret: "给出了信息",
      loan_in_my_name: "冒名贷款", aftermath: "事后",
    } as Readonly<Record<string, string>>,
  },
  evidence: {
    open: "导出证据包",
    heading: "导出证据包",
    lead: (number: string) => `工单 ${number} 的聊天、时间线和所给内容会打包成 ZIP。谁、何时、为什么导出会留痕。只交给有权索取的机关。`,
    reason: "导出原因",
    reasonPlaceholder: "例如：客户报案，民警索取材料",
    reasonMissing: "请写明导出原因。",
    submit: "导出",
    done: "证据包已开始下载",
  },
} as const;
