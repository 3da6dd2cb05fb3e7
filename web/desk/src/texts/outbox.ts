/** Dead letters. */
export const outboxTexts = {
  outbox: {
    heading: "未送达",
    lead: "发给平台风控或通知系统、多次失败后放弃的请求。排除故障后可以重新发送。",
    columns: { what: "请求", case: "工单", attempts: "尝试次数", error: "原因", at: "时间", action: "操作" },
    kinds: { scam: "诈骗：暂停放款、冻结变更", crisis: "人身安全：暂停营销、复核催收", scam_follow_up: "受害客户回访", risk_notice: "风险提示" } as Readonly<Record<string, string>>,
    destinations: { risk_control: "风控", notice: "通知", conversation: "会话" } as Readonly<Record<string, string>>,
    states: { pending: "等待发送", sending: "正在发送", sent: "已送达", dead: "没有送达", skipped: "未发送" } as Readonly<Record<string, string>>,
    replay: "重新发送",
    replayOf: (number: string) => `重新发送：${number}`,
    replayed: "已重新排上，稍后会再发",
    count: (count: number) => `共 ${count} 条`,
    empty: "没有未送达的请求",
    emptyHint: "发不出去的请求会列在这里。",
    failed: "列表没有加载成功",
    refresh: "刷新",
  },
} as const;
