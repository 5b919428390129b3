"""Coordination: one joint record per subject, whatever the parties' order.

Consumes  twincity.{project,policy,plan,chain,challenge,indicator}.statements,
          twincity.{sharing,worklist}.statements: the trusted statements that several
          parties make of one subject.
Decides   what the members' statements come to: which fields are settled, which
          steps are open and to whom, who is ahead.
Emits     twincity.<domain>.records: one record a subject and a part, on the topic of
          its domain; twincity.receipts.<party>: notice.issued where a statement has
          no effect, or looks wrong.
"""
