"""Making what is kept in small: smart folders, saved views, hashtags' colours, a language; what is there stays."""

import msgspec

from ..base.database import Connection
from ..http.errors import unprocessable
from ..identity.language import AccountLanguage, add_language, drop_language
from ..library.smart_folders import SmartFolderRequest, add_smart_folder, drop_unchanged_smart_folder
from ..library.tags import TagEdit, add_color, drop_color
from ..posts.saved_views import SavedViewRequest, add_saved_view, drop_unchanged_saved_view
from ..search.language import file_tag
from ..site.texts import file_hashtags
from .items import SettingItem, SmartFolderItem, TagItem
from .making import Making


async def add_kept(connection: Connection, making: Making, item: SettingItem) -> int | None:
    """Its id, or the user's where it has none; None if there is one already.

    Raises:
        ProblemError: it is not possible here.
    """
    try:
        if (folder := item.smart_folder) is not None:
            return await _add_smart_folder(connection, making.user_id, folder)
        if (view := item.saved_view) is not None:
            request = msgspec.convert({"name": view.name, "query": view.query}, SavedViewRequest)
            return await add_saved_view(connection, making.user_id, request, created_at=view.created_at)
        if (tag := item.tag) is not None:
            return await _add_color(connection, making, tag)
        language = msgspec.convert({"language": item.language}, AccountLanguage).language
    except msgspec.ValidationError as error:
        raise unprocessable(f"This is not possible here: {error}.", path="$") from error
    is_new = language is not None and await add_language(connection, making.user_id, language)
    return making.user_id if is_new else None


async def _add_smart_folder(connection: Connection, user_id: int, item: SmartFolderItem) -> int | None:
    given = {name: value for name, value in msgspec.to_builtins(item).items() if name != "created_at"}
    request = msgspec.convert(given, SmartFolderRequest)
    return await add_smart_folder(connection, user_id, request, created_at=item.created_at)


async def _add_color(connection: Connection, making: Making, item: TagItem) -> int | None:
    color = msgspec.convert({"color": item.color}, TagEdit).color
    names = making.hashtags([item.name], file_hashtags)
    is_new = color is not None and bool(names) and await add_color(connection, making.user_id, names[0], color)
    return making.user_id if is_new else None


async def drop_kept(connection: Connection, item: SettingItem, made_id: int, *, user_id: int) -> bool:
    """Take it back, if it is as the import has made it."""
    if item.smart_folder is not None:
        return await drop_unchanged_smart_folder(connection, made_id, user_id=user_id)
    if item.saved_view is not None:
        return await drop_unchanged_saved_view(connection, made_id, user_id=user_id)
    if item.tag is not None:
        return await drop_color(connection, user_id, file_tag(item.tag.name), item.tag.color)
    return await drop_language(connection, user_id, item.language)
