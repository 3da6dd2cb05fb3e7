/** Unanswered questions. */
export const knowledgeTexts = {
  unanswered: {
    heading: "未答问题",
    lead: "机器人没有答上来的问题，和当时最接近的条目。补充条目或问法后重新训练即可。",
    download: "下载 CSV",
    columns: { text: "客户的问题", candidates: "最接近的条目", at: "时间" },
    empty: "没有未答的问题",
    emptyHint: "机器人答不上来的问题会记在这里。",
    failed: "列表没有加载成功",
    noCandidates: "没有接近的条目",
    decisions: { clarify: "反问过", fallback: "没听懂", handoff: "转了人工" } as Readonly<Record<string, string>>,
    count: (count: number) => `共 ${count} 条`,
  },
} as const;
