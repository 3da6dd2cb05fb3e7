"""Alerts to the people on call through the group robots of WeCom, DingTalk and Feishu."""
