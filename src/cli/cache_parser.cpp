#include "cli/cache_parser.h"

#include "cli/cache_folder.h"
#include "cli/option_value.h"

namespace kiln {

CacheParser::CacheParser(CLI::App& top)
    : app_(*top.add_subcommand("cache", "Show or clear the code that is kept on disk")) {
    app_.add_option("DIR", request_.folder, "Folder (default: as kiln info shows)")->type_name("");
    add_switch(app_, "--clear", request_.clear, "Remove all that is kept");
}

bool CacheParser::chosen() const { return app_.parsed(); }

CacheRequest CacheParser::finish() {
    if (app_.count("DIR") == 0) request_.folder = default_cache_folder();
    if (request_.folder.empty())
        throw UsageError("cache: neither XDG_CACHE_HOME nor HOME says where it is; give DIR");
    return std::move(request_);
}

}  // namespace kiln
