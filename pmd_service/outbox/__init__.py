"""The outbox: e-mails and webhooks, written in the transaction of the change that they report."""
