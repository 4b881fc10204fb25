"""URLs of core."""

from django.urls import path

from secdesk.core.ledger import views as ledger
from secdesk.core.lists import views as lists
from secdesk.core.people import views as people
from secdesk.core.tasks import views as tasks
from secdesk.core.work import health

app_name = "core"
urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("lists/views/", lists.view_save, name="view_save"),
    path("lists/views/<int:savedview_id>/remove/", lists.view_forget, name="view_forget"),
    path("tasks/", tasks.task_list, name="tasks"),
    path("tasks/<int:task_id>/", tasks.task, name="task"),
    path("tasks/<int:task_id>/cancel/", tasks.cancel, name="task_cancel"),
    path("tasks/<int:task_id>/result/", tasks.result, name="task_result"),
    path("ledger/", ledger.entry_list, name="ledger"),
    path("ledger/seals/", ledger.seals, name="ledger_seals"),
    path("ledger/seals/sheet/", ledger.sheet, name="ledger_sheet"),
    path("ledger/export/", ledger.export, name="ledger_export"),
    path("ledger/verifier/", ledger.verifier, name="ledger_verifier"),
    path("people/", people.person_list, name="people"),
]
