/** Files in conversations: sending, seeing and saving them. */
export const filesTexts = {
  files: {
    attach: "添加图片或文件",
    tray: "将要发送的文件",
    caution: "发给客户前请确认：不含其他客户的信息，不含完整卡号、证件号和内部资料。",
    remove: (name: string) => `不发送 ${name}`,
    unnamed: "未命名的文件",
    problem: {
      too_large: (name: string) => `“${name}”太大，不能发送。`,
      empty: (name: string) => `“${name}”是空的，不能发送。`,
      type: (name: string) => `不支持“${name}”。可以发送图片、PDF、纯文本和短录音。`,
      many: (name: string) => `一次最多发送 9 个文件，“${name}”没有添加。`,
    },
    picture: (name: string) => `图片 ${name}`,
    enlarge: (name: string) => `查看大图：${name}`,
    save: (name: string, size: string) => `保存文件 ${name}，${size}`,
    notShown: "图片没有显示：可能还在安全检查，或没有通过检查。",
    again: "重新读取",
    progress: (name: string) => `${name} 的上传进度`,
    percent: (percent: number) => `已上传 ${percent}%`,
    checking: "已上传，正在检查…",
    waiting: "等待上传",
    failed: (reason: string) => `没有发出去：${reason}`,
    retry: "重试",
    discard: "放弃",
    cancel: "取消",
  },
} as const;
